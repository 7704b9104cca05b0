/**
 * What hosts say in words, where codes say too little: that a refusal is about who sends (this relay, its addresses and names, the
 * sender of the envelope), that there is no such address, or that nobody knows whether there is. In the languages in which hosts
 * are known to speak. Pure.
 */

/** More of a text than this is no reply to one command. */
const maxCharacters = 4_000

/** `sender` where it is only the one who is told, and checks that are made of the recipient. */
const beside =
  /\b(?:return(?:ed|ing)?(?: mail| message| it)? to|back to|notify(?:ing)?|inform(?:ing)?|tell|contact|ask)(?: the| its| original){0,2} sender\b|\brecipient (?:call-?out|call-?back|verif\w+)/gi
const links = /\b(?:https?:\/\/|www\.)\S+/gi
const addresses = /<?[^\s<>@()]{1,128}@[^\s<>@()]{1,255}>?/g
const hosts = /\b[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63}){0,20}\.[a-z][a-z0-9-]{1,62}\b/gi

/**
 * A text without what only names something: a mailbox called `policy@`, a host called `spf.example`, a link with `?ip=` in it say
 * nothing about why. Lower case, Unicode.
 */
export function spokenWords(text: string): string {
  const start = unicode(text.slice(0, maxCharacters))
  const bare = start.replace(links, ' ').replace(addresses, ' ').replace(hosts, ' ')
  return bare.replace(beside, ' ').normalize('NFC').toLowerCase().replace(/\s+/g, ' ')
}

/** Replies are read octet for octet; those in other languages are UTF-8. */
function unicode(text: string): string {
  if (!/[\x80-\xff]/.test(text) || /[^\x00-\xff]/.test(text)) return text
  const decoded = Buffer.from(text, 'latin1').toString('utf8')
  return decoded.includes('\ufffd') ? text : decoded
}

/** Each is one thing that is ours; together they are looked for in one go. */
const ours: readonly string[] = [
  // The sender of the envelope.
  String.raw`\b(?:envelope[ -]?)?sender(?:'?s)?\b`,
  String.raw`\bmail[ _]?from\b|\b(?:return|reverse)[ -]?path\b|\benvelope[ -]?from\b|\bfrom (?:address(?! book)|header)\b`,
  'absender|expéditeur|expediteur|remitente|remetente|mittente|afzender|nadawc|avsändar|avsender|afsender|odesílatel|odosielate',
  'lähettäjä|feladó|gönderen|gönderici|отправител|відправник|αποστολέα|送信者|差出人|发件人|发送者|寄件者|寄件人|발신자|보낸|المرسل|השולח',
  // The client, its address and its names.
  String.raw`\bclients?\b|\bconnecting (?:host|ip|server|mta)\b|\bip\b(?!:)|\bip[ -]?(?:v[46]|addr)|\bips\b`,
  String.raw`\byour (?:e-?mail )?(?:host|server|mail ?server|mta|domain|network|isp|provider|address|organi[sz]ation|system)\b`,
  String.raw`\b(?:he|eh|lh)lo\b|\breverse[ -]?(?:dns|lookup|hostname|mapping)|\br-?dns\b|\bptr\b|\bfcrdns\b`,
  'ihre ip|votre (?:serveur|adresse ip|domaine)|su (?:servidor|direcci[oó]n ip)|seu (?:servidor|ip)|ip-adres|ip адрес|ip-адрес|ip地址|ipアドレス',
  // Lists of those who are not wanted, and those who keep them.
  String.raw`\b(?:black|block|deny|grey|gray|reject|ban)[ -]?(?:list|hole)|\bbanned\b|\bon our list\b|\blisted (?:in|at|by|on)\b`,
  String.raw`\b(?:rbl|rbls|dns-?bl|rhsbl|uribl|surbl|spamhaus|spamcop|sorbs|barracuda|uceprotect|senderscore|abusix)\b`,
  'schwarze liste|sperrliste|liste noire|lista negra|lista nera|zwarte lijst|czarn(?:a|ej) li|svartlist|чёрн|черн(?:ый|ом|ого) спис|黑名单|黑名單|ブラックリスト|블랙리스트',
  // Who vouches.
  String.raw`\b(?:spf|dkim|dmarc|arc|domainkeys|sender[ -]?id)\b|\bauthenticat|\bunauthenticated\b|\b(?:not )?authori[sz]ed to send\b|\bnot allowed to send\b`,
  // What is thought of us.
  String.raw`\breputation|\bcall-?(?:out|back)|\bpolic(?:y|ies)\b|\bspam|\bunsolicited\b|\bjunk mail\b|\bbulk mail\b|\bphish`,
  String.raw`\brate[ -]?limit|\bthrottl|\btoo many (?:connections|sessions|recipients|concurrent)|\bfrequency limited\b`,
  'richtlinie|politique|política|politica di|beleid|polityk|политик|策略|ポリシー|信誉|réputation|reputación|reputação|reputazione|репутаци|垃圾邮件|迷惑メール',
]
const oursPattern = new RegExp(ours.join('|'), 'u')

const codes = /^\s*(?:[245]\d\d[ -]\s*)?(?:[245]\.\d{1,3}\.\d{1,3}\s+)?/
/** A network address at the beginning, or one that is said to be the client: replies name ours, seldom their own. */
const clientAddress =
  /^["'<(]*\[?(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]{1,4}(?::[0-9a-f]{0,4}){2,7})\]?(?=[\s\])"':,;>]|$)|\b(?:client|from|host|your ip|address) \[?\d{1,3}(?:\.\d{1,3}){3}\]?(?= (?:is|has|was|not|blocked|listed|rejected|denied)\b)/i
/** The bounce address of a copy, where it is what the reply is about. */
const bounceAddress = /^["']*<?b\+[^\s<>@]{1,100}@/i

/** The reply speaks of this relay, of the sender or of who vouches for them, not of the recipient. */
export function isAboutSender(text: string, words: string): boolean {
  const said = text.slice(0, maxCharacters).replace(codes, '')
  // Written so, it is the name of nothing else.
  if (/\bDMARC\b/.test(text)) return true
  return clientAddress.test(said) || bounceAddress.test(said) || oursPattern.test(words)
}

const thing =
  '(?:users?|mailbox(?:es)?|recipients?|address(?:es)?|accounts?|local ?part|person|destination|customer)'
const gone: readonly string[] = [
  String.raw`\b(?:no such|no|unknown|invalid|non-?existent|bad|undefined|inactive|disabled|unrout(?:e)?able|unrecogni[sz]ed|not (?:a|our)|wrong) (?:valid |local |such |e-?mail |mail )?${thing}\b`,
  String.raw`\b${thing}\b[^.;]{0,80}\b(?:unknown|not? (?:be )?(?:found|exist|known|recogni[sz]ed|valid|available)|not? have|n't (?:exist|have)|unavailable|invalid|no longer|disabled|deactivated|inactive|closed|undeliverable|terminated)\b`,
  String.raw`\bno mailbox here\b|\brecipientnotfound\b|\brecipnotfound\b|\bunrout(?:e)?able\b`,
  'unbekannt|existiert nicht|nicht gefunden|ungültige[rs]? (?:empfänger|adresse)|inconnu|n.existe pas|invalide|introuvable|desconocid|no existe|inválid|inesistente|sconosciut|non esiste|inexistente|não existe|desconhecid',
  'onbekend|bestaat niet|nie istnieje|nieznan|okänd|ukendt|ukjent|tuntematon|neexistuje|neznám|ismeretlen|bulunamadı|bilinmeyen|не существует|не найден|неизвестн|отсутству|άγνωστο|不存在|无此|無此|找不到|存在しません|不明|없는|존재하지',
]
const gonePattern = new RegExp(gone.join('|'), 'u')

/** The address does not exist, in words. */
export function isGone(words: string): boolean {
  return gonePattern.test(words)
}

const uncertain: readonly string[] = [
  String.raw`\bfull\b|\bquota\b|\bstorage\b|\bexceed|\bdisk space\b|\bout of space\b`,
  String.raw`\brelay|\baccess denied\b|\badministrative|\bprohibited\b|(?<!\bname )\bnot (?:permitted|allowed)\b|\bpermission\b|\btemporar|\btry (?:again|later)\b|\bcontent\b|\bvirus`,
  'voll\\b|pleine|saturée|llen[ao]|piena|cheia|przepełnion|переполнен|已满|已滿|容量|가득',
]
const uncertainPattern = new RegExp(uncertain.join('|'), 'u')

/** The reply gives a reason that may pass, or one that need not be the address: a code that is said to everybody does not count in full. */
export function isUncertain(words: string): boolean {
  return uncertainPattern.test(words)
}
