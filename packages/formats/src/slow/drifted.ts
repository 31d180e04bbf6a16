import { Fault } from '@leat/connector-kit'

/** The fault of the drift policy `stop`. */
export function drifted(changes: readonly string[]): Fault {
  const more = changes.length > 5 ? `; and ${changes.length - 5} more` : ''
  return new Fault({
    kind: 'data',
    code: 'data.schema_drift',
    message: `The data no longer fits the nexset, and its drift policy is "stop": ${changes.slice(0, 5).join('; ')}${more}. Choose the policy "evolve" to accept these changes, or "quarantine" to refuse such records, and run the source again.`,
  })
}
