import { z } from 'zod'
import {
  cronField,
  describe,
  fileContentFields,
  flag,
  type JsonObject,
  type LookupReference,
  ownRestSourceKeys,
  ownRestStepKeys,
  ownSourceKeys,
  ownStreamKeys,
  text,
  withIdleKeys,
} from '@leat/connector-kit'
import { idleSourceKeys } from './idle-keys.ts'

/* The two public forms of a rest source: `template_config` and `rest.iterations`. */

export const iterationTypes = [
  'static.url',
  'paging.incrementing',
  'paging.incrementing.offset',
  'paging.next.token',
  'paging.next.url',
  'link.header',
  'response.id.number',
  'response.id.string',
  'graphql.page',
  'graphql.cursor',
  'data.map.key.queue',
  'async.poll',
  'body.as.file',
] as const

export const paginationTypes = ['none', 'cursor', 'page', 'offset', 'link_header', 'next_url', 'auto'] as const

/** Clients write numbers as texts as well. */
const number = z.union([z.int(), z.string().regex(/^-?\d+$/, 'expected a whole number')])
const positive = z.union([z.int().min(1), z.string().regex(/^[1-9]\d*$/, 'expected the id of a lookup')])
const yes = z.union([z.boolean(), z.enum(['true', 'false'])])
const scalar = z.union([z.string(), z.number(), z.boolean()])

const request = z.strictObject({
  method: describe(z.enum(['GET', 'POST', 'PUT']), 'Method', '(default GET)').optional(),
  url: text('URL', 'Of the first request; ${CREDENTIAL.…} and ${LAST_SUCCESS_AT} are filled in'),
  headers: describe(z.record(z.string(), scalar), 'Headers', 'Of every request').optional(),
  query_params: describe(
    z.record(z.string(), z.union([scalar, z.array(scalar)])),
    'Query parameters',
    'Of every request; lists repeat the name',
  ).optional(),
  body: describe(
    z.union([z.string(), z.record(z.string(), z.unknown()), z.array(z.unknown())]),
    'Body',
    'Text, or JSON that is sent as such',
  ).optional(),
})

const pagination = z.strictObject({
  type: describe(z.enum(paginationTypes), 'Pagination', 'auto recognises it from the first answers'),
  cursor_field: text(
    'Cursor field',
    'Where an answer holds the next cursor: a field, a JSONPath, or `header:<name>`. An URL there is followed',
  ).optional(),
  cursor_param: text('Cursor parameter', 'Query parameter that carries the cursor (default recognised)').optional(),
  next_url_field: text('Next URL field', 'Where an answer holds the URL of the next page').optional(),
  link_header: text('Link header', 'Its name (default Link)').optional(),
  page_param: text('Page parameter', '(default page)').optional(),
  start_page: describe(number, 'First page', '(default 1)').optional(),
  offset_param: text('Offset parameter', '(default offset)').optional(),
  start_offset: describe(number, 'First offset', '(default 0)').optional(),
  page_size_param: text('Page size parameter', 'Query parameter that carries page_size').optional(),
  page_size: describe(number, 'Page size', 'Records that are asked for').optional(),
  total_field: text('Total field', 'Where an answer says how many records there are (default recognised)').optional(),
})

const response = z.strictObject({
  format: describe(
    z.enum(['json', 'xml', 'csv', 'txt', 'ndjson']),
    'Format',
    'Of the answers (default by content type)',
  ).optional(),
  data_path: text('Data path', 'JSONPath or XPath of the records (default recognised)').optional(),
  additional: text('Additional values', 'JSONPath or XPath of values that are copied into every record').optional(),
})

const step = z.strictObject({
  key: text('Key', 'Unique name of the step, such as step1'),
  'url.template': text('URL', 'With macros'),
  method: describe(z.enum(['GET', 'POST', 'PUT']), 'Method', 'GET, POST or PUT'),
  'iteration.type': describe(z.enum(iterationTypes), 'Iteration', 'How the pages follow each other'),
  'date.format': text('Date format', 'Of {now}, such as yyyy-MM-dd').optional(),
  'date.time.unit': describe(
    z.enum(['yyyy', 'MM', 'dd', 'HH', 'mm', 'ss']),
    'Unit of {now-1}',
    '(default dd)',
  ).optional(),
  'body.template': text('Body', 'JSON or GraphQL, with macros').optional(),
  'response.format': describe(z.enum(['json', 'xml']), 'Format', '(default json)').optional(),
  'response.data.path': text('Data path', 'JSONPath or XPath of the records').optional(),
  'response.data.path.additional': text('Additional values', 'Copied into every record').optional(),
  'request.headers': text('Headers', '`h:v,h:v`').optional(),
  'map.id': describe(
    positive,
    'Lookup',
    'data.map.key.queue: its id; {column} stands for a value of the entry',
  ).optional(),
  ...ownRestStepKeys,
  'request.parallelism.count': describe(number, 'Requests at once', '(default 1)').optional(),
  'results.pass.through': describe(yes, 'Keep results', 'The records of this step are kept as well').optional(),
  'param.id': text('Parameter', 'That carries page, token or id').optional(),
  'param.id.inclusive': describe(yes, 'Inclusive', 'The service repeats the id that it is given').optional(),
  'param.offset': text('Offset parameter', 'That carries the offset').optional(),
  'param.page.size': describe(
    z.union([z.string(), z.int()]),
    'Page size',
    'Name of the parameter that carries page.expected.rows, or `name=100`',
  ).optional(),
  'page.expected.rows': describe(number, 'Records of a full page', 'Fewer mean the last page').optional(),
  'start.page.from': describe(number, 'First page', '(default 1)').optional(),
  'end.page.to': describe(number, 'Last page', 'Inclusive').optional(),
  'start.offset.from': describe(number, 'First offset', '(default 0)').optional(),
  'end.offset.to': describe(number, 'Last offset', 'Inclusive').optional(),
  'response.next.token.data.path': text('Token path', 'JSONPath or XPath of the next token').optional(),
  'end.token.to': describe(scalar, 'Last token', 'Ends the iteration').optional(),
  'response.next.url.data.path': text('Next URL path', 'JSONPath or XPath of the next URL').optional(),
  'end.url.to': text('Last URL', 'Ends the iteration').optional(),
  link: text('Link header', 'Its name (default Link)').optional(),
  'response.id.field.name': text('Id field', 'Of the records').optional(),
  'start.id.from': describe(scalar, 'First id', 'Where the iteration begins').optional(),
  'end.id.to': describe(scalar, 'Last id', 'Ends the iteration').optional(),
  'graphql.page.name': text('GraphQL page variable', 'Gets the number of the page').optional(),
  'graphql.page.start': describe(number, 'First GraphQL page', '(default 1)').optional(),
  'graphql.cursor.name': text('GraphQL cursor variable', 'Gets the cursor').optional(),
  'response.graphql.cursor.path': text('GraphQL cursor path', 'JSONPath of the next cursor').optional(),
  'graphql.cursor.template': text('GraphQL first cursor', '`stepKey.path` of an earlier step').optional(),
  'async.iteration.path': text('Status path', 'JSONPath or XPath of the job’s status').optional(),
  'async.iteration.value': text('Status', 'That ends the wait; several separated by commas').optional(),
  'file.response.format': describe(z.enum(['csv', 'json', 'txt', 'xml']), 'File format', 'Of the body').optional(),
})

const sourceOptions = z.strictObject({
  ...cronField,
  template_config: describe(
    z.strictObject({ request, pagination: pagination.optional(), response: response.optional() }),
    'Template',
    'request, pagination and response. Stands beside source_config',
  ).optional(),
  'rest.iterations': describe(
    z.array(step).min(1),
    'Steps',
    'Requests that follow each other; a step may use values of the ones before',
  ).optional(),
  'csv.delimiter': fileContentFields['csv.delimiter'],
  'csv.quote.char': fileContentFields['csv.quote.char'],
  'csv.escape.char': fileContentFields['csv.escape.char'],
  'csv.schema.detection': fileContentFields['csv.schema.detection'],
  'csv.skip.first.lines': fileContentFields['csv.skip.first.lines'],
  'scalar.coercion': flag('Detect types', 'Numbers and booleans in texts become such (default true)').optional(),
  'schema.detection.once': fileContentFields['schema.detection.once'],
  ...ownRestSourceKeys,
  ...ownStreamKeys,
  'schema.drift.policy': ownSourceKeys['schema.drift.policy'],
})

export const restSourceOptions = withIdleKeys(sourceOptions, idleSourceKeys)

/** Of the steps that read one. */
export function lookupsOf(options: JsonObject): readonly LookupReference[] {
  const steps = (options as Partial<RestSourceOptions>)['rest.iterations']
  if (!Array.isArray(steps)) return []
  return steps.flatMap((given, index) => {
    const reads = given['iteration.type'] === 'data.map.key.queue' && given['map_rows'] === undefined
    const id = given['map.id']
    return reads && id !== undefined ? [{ field: `rest.iterations.${index}.map.id`, id: Number(id) }] : []
  })
}

export type RestSourceOptions = z.output<typeof restSourceOptions>
export type StepOptions = z.output<typeof step>
export type TemplateOptions = NonNullable<RestSourceOptions['template_config']>
