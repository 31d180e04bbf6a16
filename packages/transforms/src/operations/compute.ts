import type { Schema } from '@leat/connector-kit'
import { compiled, computed, expressionOf, outputName, read, refuseDuplicates, unchanged } from './columns.ts'
import type { Operation, Step } from './step.ts'

/** `{expression, as}`: a new field at the end, or the field `as` computed anew in its place. */
export const compute: Operation = {
  name: 'compute',
  keys: ['expression', 'as', 'alias', 'field', 'target'],
  parse(spec) {
    const expression = read(spec, 'expression')
    const node = expressionOf(expression.value, expression.field)
    const target = read(spec, 'as', 'alias', 'field', 'target')
    const name = outputName(target.value, target.field)
    const source = String(expression.value)
    return {
      plan(schema: Schema): Step {
        const column = computed(name, compiled(node, source, schema, expression.field), `compute ${name}: ${source}`)
        const replaces = schema.fields.some((field) => field.name === name)
        const columns = schema.fields.map((field) => (field.name === name ? column : unchanged(field)))
        const all = replaces ? columns : [...columns, column]
        refuseDuplicates(all, target.field)
        return { kind: 'project', columns: all }
      },
    }
  },
}
