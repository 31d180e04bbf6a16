import { setTimeout as pause } from 'node:timers/promises'
import { Fault, type JsonObject } from '@leat/connector-kit'
import { buildDraft } from '../draft.ts'
import { restFault } from '../faults.ts'
import { otherParam, sameRecords } from '../iterations/paging-next-token.ts'
import type { State } from '../iterations/iteration.ts'
import type { Page } from '../page.ts'
import type { Requester } from '../requester.ts'
import type { Scope } from '../templates.ts'
import { PageGuard, placeOf } from './page-guard.ts'
import type { Plan, Step } from './plan.ts'
import { Prefetch } from './prefetch.ts'
import { inOrder } from './in-order.ts'
import { recordKey } from './record-key.ts'
import { ifChanged, type Validators } from './validators.ts'

/** A page that is a result. */
export interface Output {
  readonly step: Step
  readonly page: Page
  /** Where to go on after it; null when it was the last of its chain. */
  readonly after: Position | null
  /** Set on the last page of a chain: why it ended. */
  readonly end: string | null
  /** The first page of its chain. */
  readonly first: boolean
}

/** For each step from the first: the page it stands at, and the record of that page for which the next step is asked. */
export type Position = readonly Level[]
interface Level extends JsonObject {
  readonly state: State
  readonly record?: number
  /** Tells the record again, should the page have changed meanwhile. */
  readonly key?: string
}

export interface ChainSettings {
  readonly plan: Plan
  readonly requester: Requester
  readonly base: Omit<Scope, 'steps' | 'dateFormat' | 'dateUnit'>
  readonly signal: AbortSignal
  readonly say: (notice: string) => void
  /** What the only answer of an earlier run is recognised by. */
  readonly known?: Validators | undefined
  /** The service says that this answer still holds: there is no output. */
  readonly unchanged?: (page: Page) => void
}

/** Statuses with which services answer a parameter, a cursor or a page that they do not know. */
const notUnderstood = [400, 404, 422]

/** The pages of a source: steps inside of steps, each page by page, in order. */
export class Chain {
  readonly #settings: ChainSettings
  #pages = 0

  constructor(settings: ChainSettings) {
    this.#settings = settings
  }

  outputs(from: Position | null): AsyncGenerator<Output> {
    return this.#walk(0, new Map(), from)
  }

  async *#walk(index: number, values: ReadonlyMap<string, unknown>, from: Position | null): AsyncGenerator<Output> {
    const planned = this.#settings.plan.steps[index]!
    const last = index === this.#settings.plan.steps.length - 1
    const scope = this.#scopeOf(planned, values)
    let level: Level | undefined = from?.[0]
    const opened = await planned.iteration.open?.(scope, level?.state ?? null)
    const step = opened === undefined ? planned : { ...planned, iteration: opened }
    let state = opened === undefined && level !== undefined ? level.state : step.iteration.first(scope)
    // The page at which the reading stopped is gone: what was done of it says nothing about the one that comes now.
    if (level !== undefined && (state === null || placeOf(state) !== placeOf(level.state))) level = undefined
    const guard = new PageGuard(step, level?.state)
    await using prefetch = new Prefetch<Page>()
    if (from === null && state !== null && (await this.#isUnchanged(step, scope, state, guard, prefetch))) return
    for (let first = level === undefined; state !== null; first = false) {
      const { page, confirmed } = await this.#fetch(step, scope, state, guard, prefetch)
      if (page === null) return // beyond the last page
      const repeated = guard.repeated(page, confirmed)
      if (repeated !== null) return this.#settings.say(repeated)
      const next = await step.iteration.next(page, confirmed)
      const following = 'state' in next ? guard.moved(page, confirmed, next.state) : null
      const end = 'end' in next ? next.end : null
      const after: Position | null = following === null ? null : [{ state: following }]
      if (step.iteration.delivers?.(page, confirmed) ?? true) {
        if (last) yield { step, page, after, end, first }
        else
          yield* this.#below(index, values, { page, state: confirmed, after, end, level, rest: from?.slice(1) ?? [] })
      }
      level = undefined
      state = following
    }
  }

  /** Asks for the first page only if it has changed. When it has, the answer waits for its turn. */
  async #isUnchanged(
    step: Step,
    scope: Scope,
    state: State,
    guard: PageGuard,
    prefetch: Prefetch<Page>,
  ): Promise<boolean> {
    const { known, unchanged } = this.#settings
    if (known === undefined) return false
    const page = await this.#ask(step, scope, state, guard, { known })
    const same = page.status === 304
    // The answer was the only page; one that leads on now is asked for anew.
    if (same && 'state' in (await step.iteration.next(page, state))) return false
    if (same) unchanged?.(page)
    else prefetch.start(placeOf(state), async () => page)
    return same
  }

  /** The next step, once for each record of a page. */
  async *#below(
    index: number,
    values: ReadonlyMap<string, unknown>,
    at: {
      readonly page: Page
      readonly state: State
      readonly after: Position | null
      readonly end: string | null
      readonly level: Level | undefined
      readonly rest: Position
    },
  ): AsyncGenerator<Output> {
    const step = this.#settings.plan.steps[index]!
    const { page, state, after, level } = at
    const { records } = page
    const begin = level === undefined ? 0 : startRecord(records, level)
    const place = (record: number): Level => ({ state, record, key: recordKey(records[record]) })
    const following = (record: number): Position | null => (record + 1 < records.length ? [place(record + 1)] : after)
    if (step.passThrough && level?.record === undefined)
      yield { step, page, after: records.length > 0 ? [place(0)] : after, end: null, first: true }
    const open = (record: number): AsyncGenerator<Output> => {
      const inner = new Map([...values, [step.key, this.#valueOf(page, records[record])]])
      const resume = level !== undefined && record === begin && at.rest.length > 0 ? at.rest : null
      return this.#walk(index + 1, inner, resume)
    }
    for await (const { item: record, value } of inOrder(begin, records.length, step.parallel, open))
      yield {
        ...value,
        after: value.after === null ? following(record) : [place(record), ...value.after],
      }
  }

  #valueOf(page: Page, record: unknown): unknown {
    return page.isXml ? page.xmlRecord(record) : record
  }

  /** Fetches a page; where the name of the cursor's parameter is not known yet, tries the likely ones. Null: there is no such page. */
  async #fetch(
    step: Step,
    scope: Scope,
    wanted: State,
    guard: PageGuard,
    prefetch: Prefetch<Page>,
  ): Promise<{ page: Page | null; confirmed: State }> {
    let state = wanted
    for (;;) {
      const unsure = this.#isUnsure(step, state)
      // Only against the first page can be told whether the service understands the name.
      if (unsure && guard.previous === null) await this.#lookAtFirst(step, scope, guard)
      if (!unsure) this.#askAhead(step, scope, state, guard, prefetch)
      const page = await prefetch.take(
        () => placeOf(state),
        () => this.#ask(step, scope, state, guard, { unsure }),
      )
      const refused = page.status >= 400
      if (!unsure) return { page: refused ? null : page, confirmed: state }
      const wrong = refused || (guard.previous !== null && sameRecords(guard.previous, page))
      if (!wrong) {
        const param = String(state['param'] ?? step.iteration.candidates?.(state)[0])
        this.#settings.say(`The cursor travels in the parameter "${param}".`)
        return { page, confirmed: { ...state, param, sure: true } }
      }
      const other = otherParam(step.iteration.candidates?.(state) ?? [], state)
      if (other === null) throw guard.pageRepeated(page)
      state = other
    }
  }

  #isUnsure(step: Step, state: State): boolean {
    return (
      (step.iteration.candidates?.(state).length ?? 0) > 1 && state['token'] !== undefined && state['sure'] !== true
    )
  }

  async #lookAtFirst(step: Step, scope: Scope, guard: PageGuard): Promise<void> {
    const first = step.iteration.first(scope)
    if (first !== null) guard.remember(await this.#ask(step, scope, first, guard, {}))
  }

  async #ask(
    step: Step,
    scope: Scope,
    state: State,
    guard: PageGuard,
    how: {
      readonly unsure?: boolean
      readonly early?: boolean
      readonly known?: Validators
      readonly signal?: AbortSignal
    },
  ): Promise<Page> {
    const { signal = this.#settings.signal } = how
    const { requester, plan } = this.#settings
    if (++this.#pages > plan.maxPages)
      throw restFault('too_many_pages', { limit: plan.maxPages }, { field: 'max_pages' })
    const wait = step.iteration.pause?.(state) ?? 0
    if (wait > 0) await pause(wait, undefined, { signal })
    const inner = step.iteration.scope?.(scope, state) ?? scope
    const draft = step.iteration.request(buildDraft(step.request, inner), state, inner)
    const beyond = step.iteration.missingIsEnd === true && (how.early === true || !guard.atStart)
    const conditional = how.known === undefined ? null : ifChanged(draft, how.known)
    return requester.page(conditional ?? draft, guard.shapeOf(step), {
      signal,
      accept: conditional !== null ? [304] : how.unsure === true ? notUnderstood : beyond ? [404] : [],
    })
  }

  /** Pages that are known without an answer are asked for while this one is looked at. */
  #askAhead(step: Step, scope: Scope, state: State, guard: PageGuard, prefetch: Prefetch<Page>): void {
    let next: State | null = state
    for (let count = 1; count < step.parallel; count++) {
      next = (next && step.iteration.ahead?.(next)) ?? null
      if (next === null) return
      const wanted = next
      prefetch.start(placeOf(wanted), (signal) =>
        this.#ask(step, scope, wanted, guard, {
          early: true,
          signal: AbortSignal.any([signal, this.#settings.signal]),
        }),
      )
    }
  }

  #scopeOf(step: Step, steps: ReadonlyMap<string, unknown>): Scope {
    return { ...this.#settings.base, steps, dateFormat: step.dateFormat, dateUnit: step.dateUnit }
  }
}

/** The record at which the earlier reading stood: by its place, or by its key when the page has moved. */
function startRecord(records: readonly unknown[], level: Level): number {
  const { record = 0, key } = level
  if (key === undefined || recordKey(records[record]) === key) return record
  const moved = records.findIndex((one) => recordKey(one) === key)
  return moved < 0 ? Math.min(record, records.length) : moved
}

/** Faults with which a service refuses a place that it once gave: the cursor is too old, the page is gone. */
export function isStale(thrown: unknown): boolean {
  return (
    thrown instanceof Fault &&
    ['http.bad_request', 'http.not_found', 'http.gone', 'http.unprocessable'].includes(thrown.code)
  )
}
