import { describe, text } from '@leat/connector-kit'
import { z } from 'zod'

/** Where something can go wrong, in the order in which a run passes. */
export const failurePoints = [
  'connect',
  'check',
  'tree',
  'list',
  'list_unit',
  'read',
  'read_chunk',
  'verify',
  'before_acknowledge',
  'after_acknowledge',
  'open_writer',
  'before_write',
  'after_write',
  'before_prepare',
  'after_prepare',
  'before_commit',
  'during_commit',
  'after_commit',
  'sweep',
  'plan',
] as const
export type FailurePoint = (typeof failurePoints)[number]

const failureKindNames = [
  'config',
  'auth',
  'not_found',
  'data',
  'unsupported',
  'rate_limited',
  'transient',
  'fenced',
  'bug',
] as const

/** One planned failure. It happens at the `nth` time that its point is passed, and `times` in a row. */
export const failure = z.strictObject({
  at: describe(
    z.enum(failurePoints),
    'Where',
    'read_chunk: before the nth chunk of a body; list_unit: before the nth unit; during_commit: durable, not yet visible',
  ),
  nth: describe(z.int().positive(), 'Which time', '1 is the first').default(1),
  times: describe(z.int().positive(), 'How often', 'In a row, from then on').default(1),
  action: describe(
    z.enum(['fail', 'hang', 'exit', 'slow', 'truncate', 'change', 'wrong_size']),
    'What happens',
    'fail: a fault. hang: nothing, until the work is aborted. exit: SIGKILL to this process. slow: waits. ' +
      'truncate: the body ends early without an error (read_chunk). change: the object gets other bytes (read, read_chunk). wrong_size: the unit says another size (list_unit)',
  ),
  kind: describe(z.enum(failureKindNames), 'Fault kind', 'For fail').default('transient'),
  code: text('Fault code', 'For fail').default('chaos.planned'),
  retry_after_ms: describe(z.int().min(0), 'Retry after (ms)', 'For fail with rate_limited or transient').optional(),
  delay_ms: describe(z.int().min(0), 'Delay (ms)', 'For slow').default(10),
  id: text(
    'Id',
    'In a folder, a failure with an id happens at most `times` times ever, also after a restart of the process',
  ).optional(),
})
export type Failure = z.infer<typeof failure>

/** The config field that holds failures: in the credential, the source options and the sink options. */
export const failuresField = {
  failures: z.array(failure).optional().meta({ title: 'Failures', description: 'What goes wrong, and where' }),
}
