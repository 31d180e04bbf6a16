import { z } from 'zod'
import {
  describe,
  fileSinkFields,
  fileSourceFields,
  pgpCredentialFields,
  s3CredentialFields,
  type JsonObject,
} from '@leat/connector-kit'
import { loginProblem, unsupportedKey } from './s3-settings.ts'

const bucketPathField = z
  .string()
  .regex(
    /^\s*(?:[a-z][a-z0-9]*:\/\/\/*|(?![a-z][a-z0-9]*:\/\/)\/*)[^/\s]/i,
    'expected bucket/prefix, such as raw/orders/',
  )

export const s3SourceOptions = z.strictObject({
  ...fileSourceFields,
  path: describe(
    bucketPathField,
    'Path',
    'bucket/prefix to scan with everything below, or one object; s3://bucket/prefix works too',
  ),
})

export const s3SinkOptions = z.strictObject({
  ...fileSinkFields,
  path: describe(bucketPathField, 'Path', 'bucket/prefix to write below; s3://bucket/prefix works too'),
})

/** Adds the rules between keys: a login must be complete, and nothing may be switched on that does not exist. */
export function withLoginRules<T extends z.ZodObject>(schema: T): T {
  return schema.superRefine((credentials, context) => {
    for (const problem of [unsupportedKey(credentials as JsonObject), loginProblem(credentials as JsonObject)])
      if (problem !== undefined) context.addIssue({ code: 'custom', path: [problem.field], message: problem.message })
  })
}

export const s3Credentials = withLoginRules(z.strictObject({ ...s3CredentialFields, ...pgpCredentialFields }))
