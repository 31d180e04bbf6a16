import type { IdleKeys } from '@leat/connector-kit'
import { isRecord } from './json-value.ts'

/* Which keys a way of paging looks at: what belongs to another one is stored, and told. */

const page = ['param.id', 'param.page.size', 'page.expected.rows', 'start.page.from', 'end.page.to']
const offset = ['param.offset', 'param.page.size', 'page.expected.rows', 'start.offset.from', 'end.offset.to']
const id = ['param.id', 'param.id.inclusive', 'response.id.field.name', 'start.id.from', 'end.id.to']
const ofType: Readonly<Record<string, readonly string[]>> = {
  'static.url': [],
  'paging.incrementing': page,
  'paging.incrementing.offset': offset,
  'paging.next.token': ['param.id', 'response.next.token.data.path', 'end.token.to'],
  'paging.next.url': ['response.next.url.data.path', 'end.url.to'],
  'link.header': ['link'],
  'response.id.number': id,
  'response.id.string': id,
  'graphql.page': ['graphql.page.name', 'graphql.page.start'],
  'graphql.cursor': ['graphql.cursor.name', 'response.graphql.cursor.path', 'graphql.cursor.template'],
  'data.map.key.queue': ['map.id', 'map_rows'],
  'async.poll': ['async.iteration.path', 'async.iteration.value'],
  'body.as.file': ['file.response.format'],
}
const special = new Set(Object.values(ofType).flat())
/** A file is read as a whole. */
const withoutFiles = new Set(['response.format', 'response.data.path', 'response.data.path.additional'])

const ofPagination: Readonly<Record<string, readonly string[]>> = {
  none: [],
  cursor: ['cursor_field', 'cursor_param'],
  page: ['page_param', 'start_page', 'page_size'],
  offset: ['offset_param', 'start_offset', 'page_size'],
  link_header: ['link_header'],
  next_url: ['next_url_field', 'cursor_field'],
  auto: ['page_param', 'offset_param', 'start_page', 'page_size'],
}
const everyPagination = ['type', 'page_size_param', 'total_field']

export const idleSourceKeys: IdleKeys = (config) => [
  ...idleOfSteps(config['rest.iterations']),
  ...idleOfTemplate(config),
]

function idleOfSteps(steps: unknown): ReturnType<IdleKeys> {
  if (!Array.isArray(steps)) return []
  return steps.flatMap((step: unknown, index) => {
    const type = isRecord(step) ? String(step['iteration.type']) : ''
    const own = ofType[type]
    if (!isRecord(step) || own === undefined) return []
    return Object.keys(step)
      .filter((key) => (special.has(key) && !own.includes(key)) || (type === 'body.as.file' && withoutFiles.has(key)))
      .map((key) => ({ key: `rest.iterations.${index}.${key}`, reason: `a step of type ${type} does not look at it` }))
  })
}

function idleOfTemplate(config: Readonly<Record<string, unknown>>): ReturnType<IdleKeys> {
  const template = config['template_config']
  const pagination = isRecord(template) ? template['pagination'] : undefined
  if (!isRecord(pagination)) return []
  const type = String(pagination['type'])
  const own = ofPagination[type]
  if (own === undefined) return []
  const sized = pagination['page_size'] !== undefined && pagination['page_size_param'] !== undefined
  const known = [...everyPagination, ...own, ...(sized ? ['page_size'] : [])]
  return Object.keys(pagination)
    .filter((key) => !known.includes(key))
    .map((key) => ({
      key: `template_config.pagination.${key}`,
      reason: `pagination of type ${type} does not look at it`,
    }))
}

export const idleSinkKeys: IdleKeys = (config) =>
  config['batch.mode'] === true || config['max.poll.records'] === undefined
    ? []
    : [{ key: 'max.poll.records', reason: 'it is the size of batches, and "batch.mode" is not on' }]
