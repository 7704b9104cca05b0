/** What passed and what failed over time, as a picture (SVG) of bars; the numbers stand in a table beside it. */
import { html } from 'hono/html'
import type { Period } from '../../report-file/days.ts'
import { figure, type Markup } from './frame.ts'

const width = 900
const height = 240
const left = 64
const bottom = 24
const top = 12

/**
 * @param words what passed and what failed are called, as in `passed` and `failed`
 */
export function pictureOf(
  label: string,
  periods: readonly Period[],
  words: readonly [string, string],
): Markup {
  const most = Math.max(1, ...periods.map(({ passed, failed }) => passed + failed))
  const bars = periods.map((period, at) => barOf(period, at, periods.length, most, words))
  const base = height - bottom
  return html`<p class="note"><span class="key good"></span>${words[0]}<span class="key bad"></span>${words[1]}</p>
<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">
<text class="axis" x="${left - 8}" y="${top + 4}" text-anchor="end">${figure(most)}</text>
<text class="axis" x="${left - 8}" y="${base}" text-anchor="end">0</text>
<line class="line" x1="${left}" y1="${base}" x2="${width}" y2="${base}"></line>
${bars}
${labelsOf(periods)}
</svg>`
}

function barOf(
  { period, passed, failed }: Period,
  at: number,
  bars: number,
  most: number,
  [good, bad]: readonly [string, string],
): Markup {
  const room = (width - left) / bars
  const x = rounded(left + at * room + room * 0.1)
  const wide = rounded(Math.min(room * 0.8, 80))
  const base = height - bottom
  const goodHigh = heightOf(passed, most)
  const badHigh = heightOf(failed, most)
  return html`<g><title>${period}: ${figure(passed)} ${good}, ${figure(failed)} ${bad}</title>
<rect class="good" x="${x}" y="${rounded(base - goodHigh)}" width="${wide}" height="${goodHigh}"></rect>
<rect class="bad" x="${x}" y="${rounded(base - goodHigh - badHigh)}" width="${wide}" height="${badHigh}"></rect></g>
`
}

/** What is there is seen: at least one line of the picture. */
function heightOf(count: number, most: number): number {
  return count === 0 ? 0 : rounded(Math.max(1, ((height - bottom - top) * count) / most))
}

/** The first one, the last one, and the one between. */
function labelsOf(periods: readonly Period[]): Markup[] {
  const last = periods.length - 1
  const room = (width - left) / Math.max(1, periods.length)
  const places = [...new Set([0, Math.floor(last / 2), last])].filter(at => at >= 0)
  return places.map(at => {
    const anchor = at === 0 ? 'start' : at === last ? 'end' : 'middle'
    const shift = at === 0 ? 0.1 : at === last ? 0.9 : 0.5
    const x = rounded(left + (at + shift) * room)
    return html`<text class="axis" x="${x}" y="${height - 6}" text-anchor="${anchor}">${periods[at]?.period ?? ''}</text>
`
  })
}

function rounded(number: number): number {
  return Math.round(number * 10) / 10
}
