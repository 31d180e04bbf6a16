import { Fault } from '@leat/connector-kit'

/** A mistake in a transform. `field` is the path in the transform: `operations[2].condition`. */
export function configFault(code: string, field: string, message: string, cause?: unknown): Fault {
  return new Fault({ kind: 'config', code: `transform.${code}`, field, message: `${field}: ${message}`, cause })
}
