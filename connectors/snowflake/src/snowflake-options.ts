import { z } from 'zod'
import { text } from '@leat/connector-kit'
import {
  sqlSinkFields,
  sqlSinkProblem,
  sqlSourceFields,
  sqlSourceProblem,
  warehouseSinkFields,
  withRules,
} from '@leat/connector-kit/sql'

export const snowflakeSourceOptions = withRules(z.strictObject(sqlSourceFields), sqlSourceProblem)

export const snowflakeSinkOptions = withRules(
  z.strictObject({
    ...sqlSinkFields,
    ...warehouseSinkFields,
    role: text('Role', 'Instead of the role of the credential').optional(),
  }),
  sqlSinkProblem,
)
