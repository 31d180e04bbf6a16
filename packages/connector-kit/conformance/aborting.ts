import assert from 'node:assert/strict'
import { toFault, type SourceSession, type Unit } from '../src/index.ts'

export async function readUntilAborted(session: SourceSession, unit: Unit, abort: AbortController): Promise<number> {
  let bytes = 0
  try {
    for await (const part of session.read(unit, { checkpoint: null, signal: abort.signal })) {
      if (part.kind === 'rows') {
        bytes += part.rows.map((row) => JSON.stringify(row).length + 1).reduce((sum, size) => sum + size, 0)
        abort.abort()
      } else {
        for await (const chunk of part.open({ signal: abort.signal })) {
          bytes += chunk.length
          abort.abort()
        }
      }
    }
  } catch (thrown) {
    const fault = toFault(thrown)
    assert.equal(
      fault.kind,
      'cancelled',
      `an aborted read says ${fault.kind} (${fault.code}), which would be retried or reported: ${fault.message}`,
    )
  }
  return bytes
}

export async function listUntilAborted(session: SourceSession, abort: AbortController): Promise<number> {
  let units = 0
  try {
    for await (const _ of session.units({ signal: abort.signal })) {
      units += 1
      abort.abort()
    }
  } catch (thrown) {
    assert.equal(toFault(thrown).kind, 'cancelled')
  }
  return units
}
