/** The frame of every page: readable without scripts, with the style in it, and nothing fetched from anywhere. */
import { hash } from 'node:crypto'
import { html, raw } from 'hono/html'

/** A page in the making: its title and what stands below it. Everything that is put into `html` texts is escaped. */
export interface Page {
  readonly title: string
  /** Language tag (RFC 5646); default English. */
  readonly language?: string
  readonly body: ReturnType<typeof html>
}

const style = `:root { color-scheme: light dark; font: 100%/1.5 system-ui, sans-serif; }
body { margin: 0; background: light-dark(#f4f5f7, #16181c); color: light-dark(#1c2026, #e8eaee); }
main { box-sizing: border-box; max-width: 36rem; margin: 4rem auto; padding: 2rem; border-radius: .75rem;
  background: light-dark(#fff, #22252b); overflow-wrap: anywhere; }
h1 { margin-top: 0; font-size: 1.4rem; line-height: 1.25; }
a { color: light-dark(#0b57a4, #8ab8ff); }
button { padding: .7rem 1.4rem; border: 0; border-radius: .5rem; font: inherit; font-weight: 600; cursor: pointer;
  background: light-dark(#0b57a4, #8ab8ff); color: light-dark(#fff, #10233a); }
button:focus-visible, a:focus-visible { outline: 3px solid light-dark(#f0a020, #ffd080); outline-offset: 2px; }
.note { color: light-dark(#4c5563, #aab2bf); font-size: .9rem; }
@media (max-width: 40rem) { main { margin: 0; min-height: 100vh; border-radius: 0; padding: 1.25rem; } }`

/** For Content-Security-Policy: this style and no other. */
export const styleHash = `'sha256-${hash('sha256', style, 'base64')}'`

export function pageText({ title, body, language = 'en' }: Page): string {
  return `${html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex">
<title>${title}</title>
<style>${raw(style)}</style>
</head>
<body>
<main>
<h1>${title}</h1>
${body}
</main>
</body>
</html>
`}`
}
