import type { RequestTemplate } from '../draft.ts'
import { auto } from '../iterations/auto.ts'
import type { Iteration } from '../iterations/iteration.ts'
import { linkHeader } from '../iterations/link-header.ts'
import { pagingIncrementing } from '../iterations/paging-incrementing.ts'
import { pagingIncrementingOffset } from '../iterations/paging-incrementing-offset.ts'
import { likelyParams, pagingNextToken } from '../iterations/paging-next-token.ts'
import { pagingNextUrl } from '../iterations/paging-next-url.ts'
import { staticUrl } from '../iterations/static-url.ts'
import type { RecordShape } from '../record-shape.ts'
import type { TemplateOptions } from '../source-options.ts'
import type { Step } from './plan.ts'

type Pagination = NonNullable<TemplateOptions['pagination']>

/** `template_config` as the one step that it describes. */
export function stepFromTemplate(template: TemplateOptions): Step {
  const { pagination, response } = template
  return {
    key: 'request',
    request: requestOf(template),
    iteration: iterationOf(pagination),
    shape: shapeOf(response),
    parallel: 1,
    dateFormat: undefined,
    dateUnit: undefined,
    passThrough: false,
    totalPath: pagination?.total_field,
  }
}

function requestOf({ request, pagination }: TemplateOptions): RequestTemplate {
  const { url, headers = {}, query_params = {}, body } = request
  const query = Object.entries(query_params).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((one) => [name, String(one)] as const),
  )
  const { page_size: size, page_size_param: sizeParam } = pagination ?? {}
  const sized = size !== undefined && sizeParam !== undefined ? [[sizeParam, String(size)] as const] : []
  return {
    method: request.method ?? (body === undefined ? 'GET' : 'POST'),
    url,
    query: [...query, ...sized],
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
    body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
    place: 'template_config.request',
  }
}

function iterationOf(pagination: Pagination | undefined): Iteration {
  switch (pagination?.type) {
    case undefined:
    case 'none':
      return staticUrl()
    case 'cursor':
      return pagingNextToken({ path: cursorField(pagination), params: cursorParams(pagination), end: undefined })
    case 'page':
      return pagingIncrementing({
        param: pagination.page_param ?? 'page',
        start: Number(pagination.start_page ?? 1),
        end: undefined,
        size: undefined,
        expected: numberOf(pagination.page_size),
      })
    case 'offset':
      return pagingIncrementingOffset({
        param: pagination.offset_param ?? 'offset',
        start: Number(pagination.start_offset ?? 0),
        end: undefined,
        size: undefined,
        expected: numberOf(pagination.page_size),
      })
    case 'link_header':
      return linkHeader(pagination.link_header)
    case 'next_url':
      return pagingNextUrl(pagination.next_url_field ?? pagination.cursor_field ?? 'next', undefined)
    case 'auto':
      return auto(pagination)
  }
}

function cursorParams(pagination: Pagination): readonly string[] {
  return pagination.cursor_param === undefined ? likelyParams(cursorField(pagination)) : [pagination.cursor_param]
}

function cursorField(pagination: Pagination): string {
  return pagination.cursor_field ?? 'next_cursor'
}

function numberOf(value: number | string | undefined): number | undefined {
  return value === undefined ? undefined : Number(value)
}

function shapeOf(response: TemplateOptions['response']): RecordShape {
  const { format, data_path: path, additional } = response ?? {}
  const file = format === 'csv' || format === 'txt' || format === 'ndjson'
  return {
    format: file ? 'file' : format === 'xml' ? 'xml' : 'json',
    fileFormat: file ? (format === 'txt' ? 'csv' : format) : undefined,
    path: path ?? null,
    additional,
    guess: path === undefined && format !== 'xml' && !file,
  }
}
