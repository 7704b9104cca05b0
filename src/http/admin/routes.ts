/** How pages and forms are added to the admin listener; all of them ask who is there first. */
import type { Context } from 'hono'
import type { AdminPage, Viewer } from './frame.ts'
import { wordsPage } from './frame.ts'

export type Show = (
  page: AdminPage,
  viewer: Viewer | undefined,
  status?: 200 | 400 | 401 | 403 | 404 | 413 | 429,
) => Response | Promise<Response>

/** A page for who has signed in. */
export type Shown = (c: Context, viewer: Viewer, show: Show) => Promise<Response>
/** What a form does. */
export type Done = (form: FormData, c: Context, viewer: Viewer, show: Show) => Promise<Response>

export interface FormParts {
  /** Who may send it. */
  readonly role: Viewer['role']
  readonly maxBytes: number
  readonly done: Done
}

export interface Routes {
  page(path: string, shown: Shown): void
  form(path: string, parts: FormParts): void
}

export const notUnderstood = wordsPage('Not understood', 'Please go back and press a button of the page.')

export const notFound = wordsPage('Not found', 'There is nothing of that name here.')
