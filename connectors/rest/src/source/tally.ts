import type { JsonObject, Verdict } from '@leat/connector-kit'
import type { Page } from '../page.ts'
import type { Output } from './chain.ts'

interface Counts extends JsonObject {
  readonly records: number
  readonly pages: number
  /** Sum of the totals of the chains that ended. */
  readonly expected: number
  /** Chains that ended without anybody saying how many records they have. */
  readonly untold: number
  /** The chain that is being read. */
  readonly chain: { readonly records: number; readonly total: number | null }
}

const none: Counts = { records: 0, pages: 0, expected: 0, untold: 0, chain: { records: 0, total: null } }

/** Counts what arrives against what was announced. Its counts travel in the checkpoint. */
export class Tally {
  #counts: Counts
  #reason = 'There was nothing to ask for.'
  /** Undefined: nobody has looked yet. */
  #place: string | null | undefined

  constructor(counts: unknown) {
    this.#counts = (counts as Counts | undefined) ?? none
  }

  get counts(): JsonObject {
    return this.#counts
  }

  add({ page, step, end, first }: Output): void {
    const { records, pages, expected, untold, chain } = first ? this.#closed() : this.#counts
    const count = page.shape.format === 'file' ? 0 : page.count
    const total = page.shape.format === 'file' ? null : (this.#total(page, step.totalPath, first) ?? chain.total)
    this.#counts = {
      records: records + count,
      pages: pages + 1,
      expected,
      untold,
      chain: { records: chain.records + count, total },
    }
    if (end !== null) this.#reason = end
  }

  /** Where the first page of a chain says nothing of a total, the others are not asked. */
  #total(page: Page, path: string | undefined, first: boolean): number | null {
    if (path !== undefined) return wholeNumber(page.value(path))
    if (first || this.#place === undefined) this.#place = placeOfTotal(page)
    return this.#place === null ? null : wholeNumber(page.value(this.#place))
  }

  verdict(remark: string | null): Verdict {
    const { records, expected, untold, pages } = this.#closed()
    const reason = remark ?? this.#reason
    if (pages === 0) return { outcome: 'unknown', received: 0, reason }
    if (untold > 0) return { outcome: 'unknown', received: records, reason }
    return { outcome: records >= expected ? 'complete' : 'short', received: records, expected, reason }
  }

  /** The chain that was read counts as ended. */
  #closed(): Counts {
    const { chain, pages } = this.#counts
    if (pages === 0) return this.#counts
    return {
      ...this.#counts,
      expected: this.#counts.expected + (chain.total ?? 0),
      untold: this.#counts.untold + (chain.total === null ? 1 : 0),
      chain: none.chain,
    }
  }
}

const names = [
  'total',
  'total_count',
  'totalCount',
  'total_records',
  'totalRecords',
  'total_results',
  'totalResults',
  'total_items',
  'totalItems',
]
const holders = ['', 'meta.', 'pagination.', 'paging.', 'page_info.', 'pageInfo.', 'page.', 'metadata.']
const paths = [...holders.flatMap((holder) => names.map((name) => `${holder}${name}`)), "$['@odata.count']"]

/** Where an answer says how many records there are; null when it does not. */
function placeOfTotal(page: Page): string | null {
  const headers = ['x-total-count', 'x-total', 'total-count'].map((name) => `header:${name}`)
  const told = headers.find((place) => wholeNumber(page.value(place)) !== null)
  if (told !== undefined) return told
  // In a document that is a record itself, "total" is a field of it.
  if (page.shape.format !== 'json' || page.path === null || page.path === '$') return null
  return paths.find((path) => wholeNumber(page.value(path)) !== null) ?? null
}

function wholeNumber(value: unknown): number | null {
  const text = typeof value === 'number' || typeof value === 'string' ? String(value) : ''
  return /^\d+$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : null
}
