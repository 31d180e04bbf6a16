import { configFault } from '../config-fault.ts'
import { isBoolean, isUnknown, shownType } from '../expression/types.ts'
import { compiled, expressionOf, failureOf, read } from './columns.ts'
import type { Operation } from './step.ts'

/** `{condition}`: keeps the records for which it is true; false and NULL drop (as WHERE does). A record whose condition fails is refused, not dropped. */
export const filter: Operation = {
  name: 'filter',
  keys: ['condition', 'expression'],
  parse(spec) {
    const condition = read(spec, 'condition', 'expression')
    const node = expressionOf(condition.value, condition.field)
    const source = String(condition.value)
    return {
      plan(schema) {
        const expression = compiled(node, source, schema, condition.field)
        if (!isBoolean(expression.type) && !isUnknown(expression.type))
          throw configFault(
            'condition_not_boolean',
            condition.field,
            `"${source}" gives ${shownType(expression.type)}, not true or false; compare it with something`,
          )
        return {
          kind: 'filter',
          sql: isUnknown(expression.type) ? `CAST(${expression.sql} AS BOOLEAN)` : expression.sql,
          ...failureOf(expression, `filter: ${source}`),
        }
      },
    }
  },
}
