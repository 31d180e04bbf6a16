import { z } from 'zod'
import { describe, flag, ownRestSinkKeys, text, withIdleKeys } from '@leat/connector-kit'
import { idleSinkKeys } from '../idle-keys.ts'

export const sinkMethods = ['POST', 'PUT', 'PATCH', 'DELETE', 'GET'] as const

/** `rest_data_sink` of the public specification. */
const sinkOptions = z
  .strictObject({
    'url.template': text('URL', '{record.<attribute>}, {now} and ${CREDENTIAL.<name>} are filled in'),
    method: describe(z.enum(sinkMethods).default('POST'), 'Method', 'Of every request'),
    'content.type': describe(
      z.enum(['application/json', 'application/xml']).default('application/json'),
      'Content type',
      'Form of the body',
    ),
    'body.template': text(
      'Body',
      '{message.json} (default) is the whole record, {message.xml} the same as XML, {record.<attribute>} one value; with batch.mode {messages.json} (default) is the array of records',
    ).optional(),
    'body.transform.function': describe(
      z.string(),
      'Body function',
      'Code in Scala, which is not run here: refused. With batch.mode, body.template says what stands around the records',
    ).optional(),
    'batch.mode': flag('Batches', 'Several records in one request, as a JSON array').default(false),
    'max.poll.records': describe(
      z.int().min(1).max(10_000).default(100),
      'Records per request',
      'At most, where batches are sent',
    ),
    'request.headers': text('Headers', '`h1:v1,h2:v2`, for every request').optional(),
    'create.datasource': flag(
      'Keep the answers',
      'As records of a new source, see answer_source_id of the destination',
    ).default(false),
    ...ownRestSinkKeys,
  })
  .superRefine((options, context) => {
    const wrong = (key: string, message: string): void => context.addIssue({ code: 'custom', path: [key], message })
    if (options['batch.mode'] && options['content.type'] !== 'application/json')
      wrong('batch.mode', '"batch.mode" sends JSON arrays; it needs "content.type": "application/json"')
    const body = options['body.template']
    if (
      options['batch.mode'] &&
      body !== undefined &&
      (!body.includes('{messages.json}') || /\{(record\.|message\.)/.test(body))
    )
      wrong(
        'body.template',
        'With "batch.mode", "body.template" says what stands around the array of records: {"items": {messages.json}}. {record.…} and {message.json} are for single records',
      )
    if (!options['batch.mode'] && body?.includes('{messages.json}'))
      wrong('body.template', '{messages.json} is the array of "batch.mode"; a single record is {message.json}')
    if ((options['body.transform.function'] ?? '') !== '')
      wrong(
        'body.transform.function',
        '"body.transform.function" is code in Scala, which is not run here. With "batch.mode", "body.template" says what stands around the records, such as {"items": {messages.json}}',
      )
    if (options['batch.mode'] && options['url.template'].includes('{record.'))
      wrong('url.template', '{record.…} names one record; a batch has several. Leave out "batch.mode"')
  })

export const restSinkOptions = withIdleKeys(sinkOptions, idleSinkKeys)
