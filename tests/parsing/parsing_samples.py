"""Messages the tests of the parsers share, all invented."""

PLAIN = b"""\
Return-Path: <Ann@Example.com>
Received: from mx.example.com (mx.example.com [192.0.2.7]) by in.example.org with ESMTPS;
 Wed, 1 May 2024 10:00:03 +0200
received: from [10.0.0.5] (unknown [IPv6:2001:db8::5]) by mx.example.com;
 Wed, 1 May 2024 08:00:01 GMT
Authentication-Results: in.example.org; spf=pass (sender (a;b) ok) smtp.mailfrom=ann@example.com;
 dkim=fail header.d=other.example; dkim=pass header.d=Example.com; dmarc=pass
Message-ID: <one@example.com>
In-Reply-To: <zero@example.org>
References: <minus@example.org>
 <zero@example.org>
Date: Wed, 1 May 2024 10:00:00 +0200
From: =?utf-8?q?Ann_=C3=84nn=2C_ceo=40corp=2Eexample?= <Ann@Example.com>
To: "Bob, the \\"B\\"" <bob@example.org>, carl@example.org (Carl)
To: Team: dora@example.org, Eve <eve@example.org>;
Cc: undisclosed-recipients:;
Subject: =?utf-8?b?R3LDvMOfZQ==?= =?utf-8?q?_an?=
  alle
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

Sch=F6ne  Gr=FC=DFe von https://User@Shop.example:8443/a?b=3Dc.

On Tue, 30 Apr 2024, Bob wrote:
> hello
"""

MIXED = b"""\
From: ann@example.com
To: bob@example.org
Subject: offer
Date: Wed, 1 May 2024 10:00:00 +0000
Content-Type: multipart/mixed; boundary="out er"

preamble
--out er
Content-Type: multipart/alternative; boundary=inner

--inner
Content-Type: text/plain; charset=utf-8

plain words www.plain.example
--inner
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: base64

PHA+aHRtbCA8Yj53b3JkczwvYj48L3A+PHA+PGEgaHJlZj0iaHR0cHM6Ly9ldmlsLmV4YW1wbGUv
Ij5iYW5rPC9hPjwvcD4=
--inner--

--out er
Content-Type: application/pdf; name="ignored.pdf"
Content-Disposition: attachment; filename*=utf-8''r%C3%A9sum%C3%A9.pdf
Content-Transfer-Encoding: base64

JVBERi0xLjQKJSBpbnZvaWNlIG51bWJlciA0Mg==
--out er
Content-Type: message/rfc822

From: inner@example.net
Subject: inner

inside
--out er--
epilogue
"""
