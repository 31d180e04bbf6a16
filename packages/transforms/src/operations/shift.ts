import { configFault } from '../config-fault.ts'
import { read, unchanged } from './columns.ts'
import type { Operation } from './step.ts'

/** The Jolt operation, as far as the public guides use it: the identity `{"*": "&"}`. */
export const shift: Operation = {
  name: 'shift',
  keys: ['spec'],
  parse(spec) {
    const { value, field } = read(spec, 'spec')
    if (JSON.stringify(value) !== '{"*":"&"}')
      throw configFault(
        'shift_unsupported',
        field,
        `only {"*": "&"} (pass everything on) is known here, not ${JSON.stringify(value) ?? 'nothing'}; use map, rename, select or drop`,
      )
    return { plan: (schema) => ({ kind: 'project', columns: schema.fields.map(unchanged) }) }
  },
}
