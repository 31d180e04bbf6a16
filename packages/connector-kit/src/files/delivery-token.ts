import { z } from 'zod'
import type { Token } from '../contract.ts'
import { Fault } from '../faults.ts'

const shape = z.strictObject({
  files: z.array(
    z.strictObject({
      /** Where the bytes wait, and where they will be seen. From the root of the credential. */
      staged: z.string(),
      final: z.string(),
      bytes: z.int(),
      /** Recognises these bytes under either name. */
      mark: z.string(),
    }),
  ),
})

/** What one `prepare` of a file sink left behind: enough for any later writer to publish it. */
export type DeliveryToken = z.infer<typeof shape>
export type StagedFile = DeliveryToken['files'][number]

export function deliveryToken(token: Token): DeliveryToken {
  const parsed = shape.safeParse(token)
  if (parsed.success) return parsed.data
  throw new Fault({
    kind: 'bug',
    code: 'files.token_invalid',
    message: `The token of a delivery is not one of a file sink: ${z.prettifyError(parsed.error)}`,
  })
}
