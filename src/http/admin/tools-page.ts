/** Tools: paste a message and see what verification says, who changed what, what this relay would do, and how it was before. */
import { html } from 'hono/html'
import type { VersionChange } from '../../dkim2/version-changes.ts'
import type { AdminPage, Html, Viewer } from './frame.ts'
import { csrfField, shown } from './frame.ts'
import { changesShown } from './message-pages.ts'

/** What is asked for. */
export interface ToolRequest {
  readonly tool: 'explain' | 'preview' | 'undo'
  readonly octets: Buffer
  /** undefined: not given; '' is the null reverse-path. */
  readonly mailFrom: string | undefined
  readonly rcptTo: readonly string[]
}

export type ToolAnswer =
  | { readonly tool: 'explain'; readonly text: string; readonly changes: readonly VersionChange[] }
  | { readonly tool: 'preview' | 'undo'; readonly text: string }
  | { readonly tool: 'none'; readonly problem: string }

export interface GivenFields {
  readonly message: string
  readonly mailFrom: string
  readonly rcptTo: string
}

export const nothingGiven: GivenFields = { message: '', mailFrom: '', rcptTo: '' }

export function toolsPage(viewer: Viewer, given: GivenFields, answer?: ToolAnswer): AdminPage {
  return {
    title: 'Tools',
    at: '/tools',
    body: html`${answer === undefined ? '' : answerShown(answer)}
<section><form method="post" action="/tools" enctype="multipart/form-data">${csrfField(viewer)}
<label for="message">Message, with its header section</label>
<textarea id="message" name="message" spellcheck="false">
${given.message}</textarea>
<label for="file">or a file, octet for octet</label><input id="file" name="file" type="file">
<label for="mailFrom">MAIL FROM; &lt;&gt; is the null reverse-path</label>
<input id="mailFrom" name="mailFrom" value="${given.mailFrom}" maxlength="254">
<label for="rcptTo">RCPT TO, several with spaces between them</label>
<input id="rcptTo" name="rcptTo" value="${given.rcptTo}" maxlength="2000">
<div><button type="submit" name="tool" value="explain">Verify and explain</button>
<button type="submit" name="tool" value="preview">Preview</button>
<button type="submit" name="tool" value="undo">Undo the last change</button></div>
</form>
<p class="quiet">Nothing is sent, kept or changed. A preview needs MAIL FROM and RCPT TO.</p></section>`,
  }
}

function answerShown(answer: ToolAnswer): Html {
  if (answer.tool === 'none')
    return html`<section><p class="bad" role="alert">${shown(answer.problem)}</p></section>`
  const text = answer.text.split(/\r?\n/).map(shown).join('\n')
  return html`<section><h2>Answer</h2><pre tabindex="0">${text}</pre></section>${
    answer.tool === 'explain'
      ? html`<section><h2>What each hop changed</h2>${changesShown(answer.changes)}</section>`
      : ''
  }`
}
