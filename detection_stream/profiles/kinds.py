"""Every kind of profile by name."""

from detection_stream.profiles import address, domain, link_host, name, pair, thread
from detection_stream.profiles.profile import Profile

PROFILES: dict[str, Profile] = {
    module.PROFILE.kind: module.PROFILE
    for module in (address, pair, domain, link_host, name, thread)
}
