import { withParameter } from '../draft.ts'
import { jsonValue } from '../json-value.ts'
import type { Page } from '../page.ts'
import { xmlSelect, xmlText } from '../xml-value.ts'
import type { Iteration } from './iteration.ts'

export interface IdOptions {
  readonly numeric: boolean
  readonly param: string
  readonly field: string
  readonly start: string | undefined
  readonly end: string | undefined
  /** The service gives the record of the id as well: it is the last one of the page before. */
  readonly inclusive: boolean
}

/** Goes on from the highest id of a page (numbers) or its last one in order of text. */
export function responseId(options: IdOptions): Iteration {
  const { param, start, end, inclusive, numeric } = options
  return {
    param,
    first: () => (start === undefined ? {} : { id: start }),
    request: (draft, state) => (state['id'] === undefined ? draft : withParameter(draft, param, String(state['id']))),
    next: (page, state) => {
      const before = state['id'] === undefined ? null : String(state['id'])
      const ids = idsOf(page, options.field)
      if (ids.length === 0) return { end: 'There are no records after the last id.' }
      const highest = ids.reduce((left, right) => (isAfter(right, left, numeric) ? right : left))
      if (inclusive && before !== null && ids.length === 1 && highest === before)
        return { end: 'Only the record of the last id came back.' }
      if (end !== undefined && !isAfter(end, highest, numeric))
        return { end: `The last id that was asked for, ${end}, is reached.` }
      return { state: { id: highest } }
    },
  }
}

function idsOf(page: Page, field: string): readonly string[] {
  return page.records.flatMap((record) => {
    const [found] = page.isXml ? xmlSelect(record, field).map(xmlText) : [jsonValue(record, field)]
    return found === undefined || found === null ? [] : [String(found as string | number)]
  })
}

/** Digits are compared as numbers of any length. */
function isAfter(left: string, right: string, numeric: boolean): boolean {
  if (numeric && /^-?\d+$/.test(left) && /^-?\d+$/.test(right)) return BigInt(left) > BigInt(right)
  return numeric ? Number(left) > Number(right) : left > right
}
