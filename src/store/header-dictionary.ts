/** What header sections of mail have in common, so that each of them takes less room (RFC 1951 with a preset dictionary, RFC 1950 section 2.2). */
import { deflateRawSync, inflateRawSync } from 'node:zlib'

/** How a header section is kept: 0 alone, by earlier versions; 1 with the dictionary below. */
export type SectionForm = 0 | 1

/** As it is kept. */
export interface PackedSection {
  readonly section: Uint8Array
  readonly form: SectionForm
}

/** Never changed: what is kept cannot be read with another one. What is most frequent stands last, where it is the nearest. */
const dictionary = Buffer.from(
  [
    'List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nList-Unsubscribe: <https://\r\nList-Post: <mailto:',
    '>\r\nList-Help: <mailto:\r\nList-Archive: <https://\r\nList-Id: <\r\nPrecedence: list\r\nAuto-Submitted: auto-generated\r\n',
    'X-Originating-IP: [\r\nX-Spam-Status: No, score=\r\nX-Google-DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=1e100.net; s=',
    '\r\nX-MS-Exchange-Organization-\r\nThread-Topic: \r\nThread-Index: \r\nAccept-Language: en-US\r\nContent-Language: en-US\r\n',
    'X-Mailer: \r\nUser-Agent: Mozilla Thunderbird\r\nReturn-Path: <\r\nDelivered-To: \r\nReply-To: \r\nSender: \r\nCc: ',
    '\r\nReferences: <\r\nIn-Reply-To: <\r\nContent-Transfer-Encoding: quoted-printable\r\nContent-Transfer-Encoding: base64\r\n',
    'Content-Transfer-Encoding: 8bit\r\nContent-Transfer-Encoding: 7bit\r\nContent-Type: multipart/mixed; boundary="',
    'Content-Type: multipart/alternative; boundary="----=_Part_\r\nContent-Type: text/html; charset="UTF-8"\r\n',
    'Content-Type: text/plain; charset=utf-8; format=flowed\r\nMIME-Version: 1.0\r\n',
    'Authentication-Results: ; dmarc=pass (p=none dis=none) header.from=; arc=none; spf=pass smtp.mailfrom=; dkim=pass header.d= header.s= header.b=',
    '\r\nARC-Seal: i=1; a=rsa-sha256; t=; cv=none; d=; s=; b=\r\nARC-Message-Signature: i=1; a=rsa-sha256; c=relaxed/relaxed; d=; s=; ',
    't=; h=\r\nARC-Authentication-Results: i=1; \r\nDKIM-Signature: v=1; a=rsa-sha256; q=dns/txt; c=relaxed/relaxed; d=; s=; ',
    't=; x=; h=mime-version:from:to:cc:subject:date:message-id:in-reply-to:references:reply-to:content-type:content-transfer-encoding; bh=; b=',
    '\r\nReceived-SPF: pass (: domain of  designates  as permitted sender) client-ip=;\r\nReceived: from  (localhost [127.0.0.1]) (using TLSv1.3 with ',
    'cipher TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange X25519 server-signature RSA-PSS (2048 bits)) (No client certificate requested) ',
    'by  (Postfix) with ESMTPS id  for <>; Sat, Sun, Mon, Tue, Wed, Thu, Fri,  Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec 2026 2025 -0700 (PDT) GMT +0200 +0000\r\n',
    'Message-Instance: m=1; h=sha256:; r=\r\nDKIM2-Signature: i=1; m=1; t=; mf=; rt=; d=; s=:ed25519-sha256:; n=; f=exploded; a1=rsa-sha256; ',
    'DKIM2-Signature: i=2; mv=2; t=2026-; mf=; rt=; d=; s2=rsa; s1=; a1=ed25519-sha256;\r\n bh1==;\r\n b1===;\r\nMailVersion: v=1; bh==;\r\n bin.1==;\r\n',
    'Date: \r\nFrom: \r\nTo: \r\nSubject: Re: \r\nMessage-ID: <>\r\n\r\n',
  ].join(''),
  'latin1',
)

/** Sections are short: tables for longer ones would take longer to clear than the section to pack. */
const memLevel = 6

/** @param octets a header section */
export function packedSection(octets: Uint8Array): PackedSection {
  return { section: deflateRawSync(octets, { dictionary, memLevel }), form: 1 }
}

/** The header section again. @throws Error: it was damaged */
export function unpackedSection({ section, form }: PackedSection): Buffer {
  return inflateRawSync(section, form === 1 ? { dictionary } : {})
}
