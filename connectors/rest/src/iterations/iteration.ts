import type { JsonObject } from '@leat/connector-kit'
import type { Draft } from '../draft.ts'
import type { Page } from '../page.ts'
import type { Scope } from '../templates.ts'

/** Which page a request asks for. JSON: it is stored, and another process goes on from it. */
export type State = JsonObject

/** What comes after a page: another one, or the end and why, in words. */
export type Next = { readonly state: State } | { readonly end: string }

/** How the pages of a step follow each other. One file per strategy. */
export interface Iteration {
  /**
   * Where something has to be read before the first page, or before the page at which a reading goes on: the same iteration, ready. Its `first` is then the
   * page to begin with, which is another one when that page is not there any more.
   */
  open?(scope: Scope, at: State | null): Promise<Iteration>
  /** The first page; null when there is nothing to ask. */
  first(scope: Scope): State | null
  /** The request of a page. */
  request(draft: Draft, state: State, scope: Scope): Draft
  next(page: Page, state: State): Next | Promise<Next>
  /** The page after, when it can be known without an answer: then several are asked for at once. */
  ahead?(state: State): State | null
  /** A page beyond the last one is answered with 404 by many services. */
  readonly missingIsEnd?: boolean
  /** Values of this page for macros, such as the row of a lookup. Null: of no page yet, whose macros stay as they are. */
  scope?(scope: Scope, state: State | null): Scope
  /** Milliseconds to wait before this page is asked for. */
  pause?(state: State): number
  /** False: the answer only steers the iteration, its records do not count. */
  delivers?(page: Page, state: State): boolean
  /** Equal answers in a row are no sign of trouble. */
  readonly repeats?: boolean
  /** Names under which the cursor of this page may travel, while nobody knows which is right; tried in this order. */
  candidates?(state: State): readonly string[]
  /** Whether there is another page stands in a header, which a 304 need not repeat. */
  readonly steeredByHeader?: boolean
  /** For messages: the parameter that carries the place. */
  readonly param?: string
}

/** A value of an answer as a cursor: empty, false and missing ones say that there is no more. */
export function cursorText(value: unknown): string | null {
  if (value === undefined || value === null || value === '' || value === false) return null
  return typeof value === 'object' ? JSON.stringify(value) : String(value as string | number)
}
