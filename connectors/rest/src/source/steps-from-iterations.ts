import { parseHeaderList, type RequestTemplate } from '../draft.ts'
import { restFault } from '../faults.ts'
import { iterationOf } from '../iterations/choose-iteration.ts'
import type { RecordShape } from '../record-shape.ts'
import type { StepOptions } from '../source-options.ts'
import type { Step } from './plan.ts'

/** `rest.iterations` as steps. Throws `config` faults that name the step and the key. */
export function stepsFromIterations(options: readonly StepOptions[]): readonly Step[] {
  const seen = new Set<string>()
  return options.map((option, index) => {
    if (seen.has(option.key)) throw restFault('step_repeated', { step: option.key }, { field: 'rest.iterations' })
    seen.add(option.key)
    return {
      key: option.key,
      request: requestOf(option),
      iteration: iterationOf(option, `rest.iterations.${index}`),
      shape: shapeOf(option),
      parallel: Math.min(32, Math.max(1, Number(option['request.parallelism.count'] ?? 1))),
      dateFormat: option['date.format'],
      dateUnit: option['date.time.unit'],
      passThrough: String(option['results.pass.through'] ?? false) === 'true',
      totalPath: undefined,
    }
  })
}

function requestOf(option: StepOptions): RequestTemplate {
  return {
    method: option.method,
    url: option['url.template'],
    query: [],
    headers: parseHeaderList(option['request.headers']),
    body: bodyOf(option),
    place: `Step "${option.key}"`,
  }
}

/** A GraphQL query alone is put into the document that GraphQL servers take. */
function bodyOf(option: StepOptions): string | undefined {
  const body = option['body.template']
  const graphql = option['iteration.type'].startsWith('graphql.')
  if (body === undefined || !graphql) return body
  return /^\s*\{\s*"/.test(body) ? body : JSON.stringify({ query: body })
}

function shapeOf(option: StepOptions): RecordShape {
  const file = option['iteration.type'] === 'body.as.file'
  const fileFormat = option['file.response.format']
  return {
    format: file ? 'file' : option['response.format'] === 'xml' ? 'xml' : 'json',
    fileFormat: file ? (fileFormat === 'txt' ? 'csv' : fileFormat) : undefined,
    path: option['response.data.path'] ?? null,
    additional: option['response.data.path.additional'],
    guess: false,
  }
}
