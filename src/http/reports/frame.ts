/** The frame of a page about reports: one file that fetches nothing, runs nothing, and is read on a phone and in the dark as well. */
import { html, raw } from 'hono/html'

export type Markup = ReturnType<typeof html>

export interface ReportPage {
  readonly title: string
  /** What it comes to, in a sentence or two. */
  readonly summary: readonly string[]
  readonly body: Markup
  /** Where it comes from, in one line. */
  readonly source: string
}

const style = `:root { color-scheme: light dark; font: 100%/1.5 system-ui, sans-serif; }
body { margin: 0; background: light-dark(#f4f5f7, #16181c); color: light-dark(#1c2026, #e8eaee); }
main { box-sizing: border-box; max-width: 70rem; margin: 2rem auto; padding: 2rem; border-radius: .75rem;
  background: light-dark(#fff, #22252b); }
h1 { margin-top: 0; font-size: 1.4rem; line-height: 1.25; overflow-wrap: anywhere; }
h2 { margin: 2rem 0 .5rem; font-size: 1.1rem; }
p { max-width: 45rem; overflow-wrap: anywhere; }
.note { color: light-dark(#4c5563, #aab2bf); font-size: .9rem; }
.table { overflow-x: auto; }
.table:focus-visible { outline: 3px solid light-dark(#f0a020, #ffd080); }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .8rem .3rem 0; text-align: left; border-bottom: 1px solid light-dark(#d8dce3, #3a3f48);
  white-space: nowrap; }
td.number, th.number { text-align: right; }
td.long { white-space: normal; overflow-wrap: anywhere; min-width: 10rem; }
svg { display: block; width: 100%; height: auto; max-width: 60rem; }
.good { fill: light-dark(#2f7d4f, #5fc08a); }
.bad { fill: light-dark(#b3261e, #ff8a80); }
.axis { fill: light-dark(#4c5563, #aab2bf); font-size: 12px; }
.line { stroke: light-dark(#9aa2ae, #565d68); }
.key { display: inline-block; width: .8rem; height: .8rem; margin-right: .4rem; vertical-align: -.1rem; }
.key.good { background: light-dark(#2f7d4f, #5fc08a); }
.key.bad { background: light-dark(#b3261e, #ff8a80); margin-left: 1rem; }
@media (max-width: 40rem) { main { margin: 0; border-radius: 0; padding: 1.25rem; } }`

/** The whole file, UTF-8. */
export function reportPageText({ title, summary, body, source }: ReportPage): string {
  return `${html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex">
<title>${title}</title>
<style>${raw(style)}</style>
</head>
<body>
<main>
<h1>${title}</h1>
${summary.map(text => html`<p>${text}</p>`)}
${body}
<p class="note">${source}</p>
</main>
</body>
</html>
`}`
}

export interface Column {
  readonly title: string
  /** A number stands to the right; a long text may take several lines. */
  readonly kind?: 'number' | 'long'
}

/** A table that is scrolled by itself where it is wider than the screen. */
export function tableMarkup(
  label: string,
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): Markup {
  return html`<div class="table" tabindex="0" role="region" aria-label="${label}">
<table>
<thead><tr>${columns.map(({ title, kind }) => html`<th scope="col" class="${kind ?? 'text'}">${title}</th>`)}</tr></thead>
<tbody>
${rows.map(
  row => html`<tr>${row.map((cell, at) => html`<td class="${columns[at]?.kind ?? 'text'}">${cell}</td>`)}</tr>
`,
)}
</tbody>
</table>
</div>`
}

/** 12,345 */
export function figure(number: number): string {
  return number.toLocaleString('en')
}

/** Of `all`, in percent: `2.5 %`; what is there is never `0 %`, and what is not all never `100 %`. */
export function share(part: number, all: number): string {
  if (all === 0) return '-'
  const percent = (100 * part) / all
  if (part > 0 && percent < 0.1) return 'below 0.1 %'
  if (part < all && percent > 99.9) return 'above 99.9 %'
  return `${Math.round(percent * 10) / 10} %`
}
