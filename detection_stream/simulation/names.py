"""Names of people, companies and projects."""

from __future__ import annotations


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST_NAMES = _words(
    """
    Ada Adrian Agnes Alan Amara Amelia Anders André Anja Anna Arjun Arthur Aylin Beatriz Ben
    Björn Bruno Camila Carla Carmen Cedric Chiara Chloé Claire Daniel Daria David Deborah
    Diego Dmitri Edith Elena Elias Emeka Emily Erik Esther Fatima Felix Fiona Francesca
    Frank François Freya Gemma George Grace Greta Hanna Harriet Hassan Helen Hugo Ian Ida
    Imani Ines Irene Isaac Ivan Jack Jakub James Jana Jasmin Joanna Jonas José Judith Julian
    Kamal Karen Karl Katja Kenji Kwame Lara Laura Leo Liam Linda Lucía Lukas Łukasz Maja
    Marco Margaret Maria Martin Mateo Mei Mia Michael Miriam Mohammed Nadia Naomi Neil Nina
    Noah Nora Olga Oliver Omar Oscar Paula Pedro Peter Petra Philip Priya Quentin Rachel
    Rafael Ravi Rebecca René Robin Rosa Ruth Samir Samuel Sara Sean Selma Simon Sofia Søren
    Stefan Susan Tara Tariq Thomas Tilda Tom Ursula Valerie Vera Victor Wanda Wei Yara Yusuf
    Zoë
    """
)

LAST_NAMES = _words(
    """
    Abbott Achterberg Ahmed Albrecht Almeida Andersson Archer Ashworth Baker Banerjee Barros
    Baumann Becker Bell Bennett Bianchi Blake Bondarenko Bourne Brandt Byrne Calder Carver
    Castillo Chandra Chen Clarke Conti Corbett Crane Dahl Dalton Delgado Dietrich Douglas
    Drummond Dubois Eastwood Eriksen Espinoza Farrell Fernández Fischer Fletcher Flores
    Fontaine Forster Frost García Gibson Grant Greer Gupta Haas Hadley Hahn Hansen Hartmann
    Hayes Hill Hofmann Holt Horváth Hughes Ibrahim Iyer Jansen Jensen Johansson Kapoor Kaur
    Keller Kim Kovač Kowalska Krüger Kumar Lambert Larsen Lefèvre Lindqvist Lombardi Lowe
    Maguire Marsh Martins Mbeki Mensah Meyer Moreau Morgan Müller Nakamura Ncube Newton
    Nguyen Nielsen Novak Nowak Núñez Okafor Oliveira Olsen Ortiz Osei Park Patel Pereira
    Petrov Pike Porter Quinn Ramos Reid Reyes Richter Rossi Rowe Sato Schäfer Schmidt
    Serrano Shah Silva Singh Sørensen Steele Svensson Tanaka Taylor Thorne Torres Vance
    Varga Vogel Wagner Walsh Weber Whitaker Winter Wójcik Wright Yilmaz Young Zhang
    Zielińska Zimmermann
    """
)

COMPANY_HEADS = _words(
    """
    Alder Amber Anchor Aspen Atlas Beacon Birch Bramble Bridge Canyon Cedar Chalk Cliff
    Copper Coral Crown Delta Drift Eagle Elm Ember Falcon Fern Field Flint Forge Fox Glen
    Granite Grove Harbour Hazel Heron Hill Iron Juniper Kestrel Lake Lark Linden Maple
    Marble Meadow Mill Moss North Oak Olive Orchard Otter Pebble Pine Quarry Raven Reed
    Ridge River Rowan Sage Silver Slate Spruce Stone Summit Swift Thistle Timber Vale Walnut
    West Willow Wren
    """
)
COMPANY_TAILS = _words(
    """
    Analytics Bridge Brook Castings Catering Components Consulting Controls Design Dynamics
    Electric Engineering Fabrics Facilities Foods Freight Ford Instruments Interiors Labs
    Legal Logistics Marine Media Metals Optics Packaging Partners Paper Plastics Point Power
    Press Printing Robotics Security Services Shipping Software Staffing Supply Systems
    Textiles Tooling Trading Travel Works Yard
    """
)
COMPANY_FORMS = ("Ltd", "GmbH", "Inc.", "LLC", "B.V.", "AB", "S.A.", "Group", "& Co.", "plc")

DEPARTMENTS: dict[str, tuple[str, ...]] = {
    "Engineering": ("Software Engineer", "Platform Engineer", "QA Engineer", "Engineering Manager"),
    "Sales": ("Account Manager", "Sales Representative", "Regional Sales Lead"),
    "Operations": ("Operations Coordinator", "Logistics Planner", "Shift Lead"),
    "Finance": ("Accounts Payable Clerk", "Accountant", "Financial Controller", "Treasury Analyst"),
    "Customer Care": ("Support Specialist", "Support Lead", "Customer Success Manager"),
    "Marketing": ("Content Manager", "Campaign Manager", "Event Coordinator"),
    "Procurement": ("Buyer", "Category Manager"),
    "Human Resources": ("HR Business Outsider", "Payroll Specialist", "Recruiter"),
    "IT": ("Service Desk Analyst", "System Administrator", "Security Engineer"),
    "Legal": ("Legal Counsel", "Contract Manager"),
}
EXECUTIVES = (
    ("Chief Executive Officer", "Executive"),
    ("Chief Financial Officer", "Finance"),
    ("Chief Operating Officer", "Operations"),
    ("Chief Technology Officer", "Engineering"),
    ("Chief People Officer", "Human Resources"),
    ("General Counsel", "Legal"),
    ("VP Sales", "Sales"),
    ("Head of Procurement", "Procurement"),
    ("Managing Director, Group", "Executive"),
    ("Chief Information Security Officer", "IT"),
)
PARTNER_TITLES = (
    "Account Manager",
    "Accounts Receivable",
    "Project Manager",
    "Sales Director",
    "Office Manager",
    "Key Account Lead",
    "Owner",
    "Purchasing",
    "Customer Service",
)

_PLAIN = str.maketrans(
    {
        "Ł": "L",
        "ł": "l",
        "é": "e",
        "è": "e",
        "ë": "e",
        "ö": "oe",
        "ü": "ue",
        "ä": "ae",
        "ø": "o",
        "ç": "c",
        "í": "i",
        "á": "a",
        "ú": "u",
        "ñ": "n",
        "č": "c",
        "ó": "o",
        "ń": "n",
    }
)


def plain(name: str) -> str:
    """A name as spelt in a local part or domain label."""
    return name.translate(_PLAIN).lower()
