import type { Call } from './call.ts'

export interface Page {
  readonly page: number
  readonly per_page: number
}

export function offsetOf(page: Page): number {
  return (page.page - 1) * page.per_page
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
