import { hash } from 'node:crypto'
import type { Fault } from '@leat/connector-kit'
import { restFault } from '../faults.ts'
import { sameRecords } from '../iterations/paging-next-token.ts'
import type { State } from '../iterations/iteration.ts'
import type { Page } from '../page.ts'
import type { RecordShape } from '../record-shape.ts'
import type { Step } from './plan.ts'

/** More places than this are forgotten: they cost memory, and a loop shows in the next round as well. */
const mostPlaces = 1_000_000

/** Watches the pages of one chain: services repeat pages, give cursors that lead back, or that do not move. */
export class PageGuard {
  readonly #step: Step
  readonly #seen = new Set<string>()
  #previous: Page | null = null
  #pages = 0
  #atStart: boolean
  /** The place that the last page led to. */
  #place: string | null = null

  /** Of the page before the one at which the reading goes on. */
  #mark: unknown

  constructor(step: Step, resumed: State | undefined) {
    this.#step = step
    this.#mark = resumed?.['mark']
    this.#atStart = resumed === undefined
  }

  /** No page of this chain was read before. */
  get atStart(): boolean {
    return this.#atStart
  }

  get previous(): Page | null {
    return this.#previous
  }

  /** Where the records were found on the first page, they are looked for on the others. */
  shapeOf({ shape }: Step): RecordShape {
    const found = this.#previous
    if (!shape.guess || found === null || found.count === 0 || found.path === null || found.shape.format !== 'json')
      return shape
    return { ...shape, path: found.path }
  }

  /** A page that is looked at for comparison only. */
  remember(page: Page): void {
    this.#previous = page
  }

  /** A numbered page that gives the one before again is beyond the end: why the chain ends. With a cursor it is a fault. */
  repeated(page: Page, _state: State): string | null {
    const before = this.#previous
    const same = before === null ? page.count > 0 && this.#mark === page.mark : sameRecords(before, page)
    this.#previous = page
    this.#atStart = false
    this.#pages++
    if (!same || this.#step.iteration.repeats === true) return null
    if (this.#step.iteration.missingIsEnd === true)
      return `${page.label} gave the page before again, which is taken as the end: its ${page.count} records are not counted twice.`
    throw this.pageRepeated(page)
  }

  pageRepeated(page: Page): Fault {
    return restFault('page_repeated', {
      request: page.label,
      records: page.count,
      param: this.#step.iteration.param ?? 'cursor',
    })
  }

  /** The next place, when it is one. */
  moved(page: Page, state: State, next: State): State {
    if (this.#step.iteration.repeats === true) return next
    const here = this.#place ?? placeOf(state)
    const place = placeOf(next)
    this.#place = place
    if (place === here) throw restFault('cursor_stuck', { request: page.label })
    if (this.#seen.size >= mostPlaces) this.#seen.clear()
    this.#seen.add(here)
    if (this.#seen.has(place)) throw restFault('loop', { request: page.label, page: this.#pages + 1 })
    const mark = page.mark
    return mark === null ? next : { ...next, mark }
  }
}

/** Without what is only remembered about the way. */
export function placeOf({ sure: _, param: __, full: ___, mark: ____, ...place }: State): string {
  return hash('sha1', JSON.stringify(place), 'base64url').slice(0, 12)
}
