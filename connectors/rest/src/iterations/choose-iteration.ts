import { restFault } from '../faults.ts'
import type { StepOptions } from '../source-options.ts'
import { asyncPoll } from './async-poll.ts'
import { dataMapKeyQueue } from './data-map-key-queue.ts'
import { graphqlCursor } from './graphql-cursor.ts'
import { graphqlPage } from './graphql-page.ts'
import type { Iteration } from './iteration.ts'
import { lookupKeyQueue } from './lookup-key-queue.ts'
import { linkHeader } from './link-header.ts'
import { pagingIncrementing, type PageOptions } from './paging-incrementing.ts'
import { pagingIncrementingOffset } from './paging-incrementing-offset.ts'
import { pagingNextToken } from './paging-next-token.ts'
import { pagingNextUrl } from './paging-next-url.ts'
import { responseId } from './response-id.ts'
import { staticUrl } from './static-url.ts'

/** The strategy of `iteration.type` with the keys that belong to it. Throws `rest.option_missing`. `field` is where the config has the step. */
export function iterationOf(step: StepOptions, field: string): Iteration {
  const type = step['iteration.type']
  const need = <Key extends keyof StepOptions>(key: Key, why: string): NonNullable<StepOptions[Key]> => {
    const value = step[key]
    if (value !== undefined && value !== '') return value
    throw restFault('option_missing', { step: step.key, type, key, why }, { field: 'rest.iterations' })
  }
  switch (type) {
    case 'static.url':
    case 'body.as.file':
      return staticUrl()
    case 'paging.incrementing':
      return pagingIncrementing({
        param: need('param.id', 'the parameter that carries the number of the page'),
        start: Number(step['start.page.from'] ?? 1),
        end: numberOf(step['end.page.to']),
        ...sizeOf(step),
      })
    case 'paging.incrementing.offset':
      return pagingIncrementingOffset({
        param: need('param.offset', 'the parameter that carries the offset'),
        start: Number(step['start.offset.from'] ?? 0),
        end: numberOf(step['end.offset.to']),
        ...sizeOf(step),
      })
    case 'paging.next.token':
      return pagingNextToken({
        path: need('response.next.token.data.path', 'where an answer holds the next token'),
        params: [need('param.id', 'the parameter that carries the token')],
        end: textOf(step['end.token.to']),
      })
    case 'paging.next.url':
      return pagingNextUrl(
        need('response.next.url.data.path', 'where an answer holds the next URL'),
        step['end.url.to'],
      )
    case 'link.header':
      return linkHeader(step.link)
    case 'response.id.number':
    case 'response.id.string':
      return responseId({
        numeric: type === 'response.id.number',
        param: need('param.id', 'the parameter that carries the id'),
        field: need('response.id.field.name', 'the field of the records that holds the id'),
        start: textOf(step['start.id.from']),
        end: textOf(step['end.id.to']),
        inclusive: String(step['param.id.inclusive'] ?? false) === 'true',
      })
    case 'graphql.page':
      return graphqlPage(
        need('graphql.page.name', 'the variable that gets the number'),
        Number(step['graphql.page.start'] ?? 1),
      )
    case 'graphql.cursor':
      return graphqlCursor({
        name: need('graphql.cursor.name', 'the variable that gets the cursor'),
        path: need('response.graphql.cursor.path', 'where an answer holds the next cursor'),
        first: step['graphql.cursor.template'],
      })
    case 'data.map.key.queue':
      if (step['map_rows'] !== undefined) return dataMapKeyQueue(step['map_rows'])
      return lookupKeyQueue(
        step.key,
        Number(need('map.id', 'the lookup whose entries are asked for, or map_rows with the entries themselves')),
        `${field}.map.id`,
      )
    case 'async.poll':
      return asyncPoll({
        path: need('async.iteration.path', 'where an answer holds the status of the job'),
        wanted: need('async.iteration.value', 'the status that the job ends with'),
      })
  }
}

/** `param.page.size` names the parameter; its value is `page.expected.rows`, or stands behind a `=`. */
function sizeOf(step: StepOptions): Pick<PageOptions, 'size' | 'expected'> {
  const [param = '', given] = String(step['param.page.size'] ?? '').split('=')
  const expected = numberOf(step['page.expected.rows']) ?? numberOf(given)
  const named = param !== '' && !/^\d+$/.test(param)
  return { size: named && expected !== undefined ? { param, value: expected } : undefined, expected }
}

function numberOf(value: number | string | undefined): number | undefined {
  return value === undefined || value === '' ? undefined : Number(value)
}

function textOf(value: string | number | boolean | undefined): string | undefined {
  return value === undefined ? undefined : String(value)
}
