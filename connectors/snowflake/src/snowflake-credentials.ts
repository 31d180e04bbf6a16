import { z } from 'zod'
import { describe, flag, ownSnowflakeKeys, secretText, text, type JsonObject } from '@leat/connector-kit'
import { loginProblem } from './login-rules.ts'

/** The public API's keys of a Snowflake login, and the guide's `account`. */
export const snowflakeCredentials = z
  .strictObject({
    account: text(
      'Account',
      'Account identifier: orgname-accountname, or a locator such as xy12345.eu-central-1',
    ).optional(),
    host: text('Host', '<account>.snowflakecomputing.com; not needed when the account is given').optional(),
    port: describe(z.int().min(1).max(65_535), 'Port', '(default 443)').optional(),
    'snowflake.auth.type': describe(
      z.enum(['basic', 'key_pair']),
      'Login with',
      '(default key_pair when a private key is given, else basic)',
    ).optional(),
    username: text('User', 'Name of the user, or of the service user'),
    password: secretText('Password', 'For basic; a programmatic access token works too').optional(),
    'snowflake.privateKey': secretText('Private key', 'For key_pair: the PEM, or its Base64').optional(),
    'snowflake.privateKey.passphrase': secretText('Passphrase', 'Of an encrypted private key').optional(),
    warehouse_name: text('Warehouse', 'Does the work').optional(),
    database_name: text('Database', 'Where tables are looked for that name none').optional(),
    schema_name: text('Schema', 'Where tables are looked for that name none').optional(),
    'database.field.role': text('Role', 'Absent: the default role of the user').optional(),
    'database.field.QUERY_TAG': text('Query tag', 'Shown with every statement in the query history').optional(),
    'jdbc.parameters': text(
      'Parameters',
      'key1:value1,key2:value2: session parameters such as STATEMENT_TIMEOUT_IN_SECONDS:600, and proxyHost, proxyPort …',
    ).optional(),
    has_ssh_tunnel: flag('SSH tunnel', 'Not possible here: Snowflake is reached over HTTPS (default false)').optional(),
    'tunnel.bastion.host': text('Bastion', 'See has_ssh_tunnel').optional(),
    'tunnel.bastion.port': describe(z.int(), 'Bastion port', 'See has_ssh_tunnel').optional(),
    'tunnel.bastion.user': text('Bastion user', 'See has_ssh_tunnel').optional(),
    credentials_type: text('Credentials type', 'Repeated by some clients; has no effect').optional(),
    ...ownSnowflakeKeys,
  })
  .superRefine((credentials, context) => {
    const problem = loginProblem(credentials as JsonObject)
    if (problem !== undefined) context.addIssue({ code: 'custom', path: [problem.field], message: problem.message })
  })

/** The guide's spelling, and that of Snowflake's own clients. */
export const snowflakeCredentialAliases = {
  user: 'username',
  warehouse: 'warehouse_name',
  database: 'database_name',
  schema: 'schema_name',
  role: 'database.field.role',
  query_tag: 'database.field.QUERY_TAG',
  private_key: 'snowflake.privateKey',
  private_key_passphrase: 'snowflake.privateKey.passphrase',
  accessUrl: 'access_url',
} as const
