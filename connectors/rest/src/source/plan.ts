import { createHash } from 'node:crypto'
import type { JsonObject } from '@leat/connector-kit'
import type { RequestTemplate } from '../draft.ts'
import { restFault } from '../faults.ts'
import type { Iteration } from '../iterations/iteration.ts'
import type { RecordShape } from '../record-shape.ts'
import type { RestSourceOptions } from '../source-options.ts'
import { stepsFromIterations } from './steps-from-iterations.ts'
import { stepFromTemplate } from './step-from-template.ts'

/** One step of a source: a request and how its pages follow each other. */
export interface Step {
  readonly key: string
  readonly request: RequestTemplate
  readonly iteration: Iteration
  readonly shape: RecordShape
  /** Requests at once. */
  readonly parallel: number
  readonly dateFormat: string | undefined
  readonly dateUnit: string | undefined
  /** Its records are results even though it is not the last step. */
  readonly passThrough: boolean
  /** Where an answer says how many records there are; undefined: the usual places are looked at. */
  readonly totalPath: string | undefined
}

export interface Plan {
  readonly steps: readonly Step[]
  /** Changes with everything that decides which pages there are: a checkpoint of another config is worth nothing. */
  readonly fingerprint: string
  readonly firstSuccessAt: string
  readonly maxPages: number
  readonly requestsPerSecond: number | undefined
}

/** Both public forms as one. Throws `config` faults that name the key. */
export function planOf(options: JsonObject): Plan {
  const given = options as RestSourceOptions
  const { template_config: template, 'rest.iterations': iterations } = given
  if (template === undefined && iterations === undefined)
    throw restFault('no_request', {}, { field: 'template_config' })
  if (template !== undefined && iterations !== undefined)
    throw restFault('both_forms', {}, { field: 'rest.iterations' })
  const steps = template === undefined ? stepsFromIterations(iterations ?? []) : [stepFromTemplate(template)]
  return {
    steps,
    fingerprint: createHash('sha256')
      .update(JSON.stringify([template ?? null, iterations ?? null]))
      .digest('base64url')
      .slice(0, 16),
    firstSuccessAt: given.first_success_at,
    maxPages: given.max_pages ?? Number.POSITIVE_INFINITY,
    requestsPerSecond: given.requests_per_second,
  }
}
