import { sql, type SelectQueryBuilder } from 'kysely'
import type { Tables } from '../database/tables.ts'
import type { Call } from './call.ts'

export interface Page {
  readonly page: number
  readonly per_page: number
}

export function offsetOf(page: Page): number {
  return (page.page - 1) * page.per_page
}

/** One page of what is found, by id, with the headers that tell of the other pages. */
export async function pageOf<Table extends keyof Tables, Row>(
  found: SelectQueryBuilder<Tables, Table, Row>,
  call: Call,
  page: Page,
): Promise<Row[]> {
  const counted = found.clearSelect().select(sql<number>`count(*)`.as('total'))
  const { total } = (await counted.executeTakeFirstOrThrow()) as { total: number }
  const rows = await found
    .orderBy(sql`id`)
    .limit(page.per_page)
    .offset(offsetOf(page))
    .execute()
  setPageHeaders(call, page, total)
  return rows
}

/** `Link` (rel="Previous", rel="Next"), `X-Total-Count`, `X-Current-Page`, `X-Page-Count`. */
export function setPageHeaders(call: Call, page: Page, total: number): void {
  const pages = pageCount(page, total)
  const url = new URL(call.request.url, 'http://leat')
  const to = (number: number, rel: string): string => {
    url.searchParams.set('page', String(number))
    url.searchParams.set('per_page', String(page.per_page))
    return `<${url.pathname}${url.search}>; rel="${rel}"`
  }
  const links = [
    ...(page.page > 1 ? [to(page.page - 1, 'Previous')] : []),
    ...(page.page < pages ? [to(page.page + 1, 'Next')] : []),
  ]
  if (links.length > 0) call.header('Link', links.join(', '))
  call.header('X-Total-Count', String(total))
  call.header('X-Current-Page', String(page.page))
  call.header('X-Page-Count', String(pages))
}

export function pageCount(page: Page, total: number): number {
  return Math.ceil(total / page.per_page)
}
