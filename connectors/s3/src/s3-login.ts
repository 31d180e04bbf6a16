import { asOperator, Fault } from '@leat/connector-kit'
import type { KeyPair, S3Settings } from './s3-settings.ts'

/** Keys that are valid now. Cheap to call before every request: temporary keys are kept until shortly before they end. */
export type Login = () => Promise<KeyPair>

interface TemporaryKeys extends KeyPair {
  readonly expiration?: Date
}

/** Temporary keys are renewed this long before they end, so that a long upload does not outlive them. */
const renewBeforeMs = 5 * 60_000

export function s3Login(settings: S3Settings): Login {
  const { login } = settings
  if (login.kind === 'key') return async () => login.key
  let current: Promise<TemporaryKeys> | undefined
  let renewAt = 0
  return async () => {
    if (current === undefined || Date.now() >= renewAt) {
      renewAt = Number.POSITIVE_INFINITY
      current = fetchKeys(settings)
      current.then(
        (keys) =>
          (renewAt =
            keys.expiration === undefined ? Number.POSITIVE_INFINITY : keys.expiration.getTime() - renewBeforeMs),
        () => (current = undefined),
      )
    }
    return current
  }
}

/** The AWS library is loaded only for logins that need it. */
async function fetchKeys({ login, region }: S3Settings): Promise<TemporaryKeys> {
  const { fromNodeProviderChain, fromTemporaryCredentials } = await import('@aws-sdk/credential-providers')
  // Clouds give a machine its identity at the very addresses that are closed to users.
  const ownIdentity = () => asOperator(() => fromNodeProviderChain()())
  try {
    if (login.kind !== 'role') return keysOf(await ownIdentity())
    const provider = fromTemporaryCredentials({
      params: {
        RoleArn: login.arn,
        RoleSessionName: 'leat',
        ...(login.externalId && { ExternalId: login.externalId }),
      },
      clientConfig: { region },
      masterCredentials: login.key ?? ownIdentity,
    })
    return keysOf(await provider())
  } catch (error) {
    throw loginFault(login.kind, login.kind === 'role' ? login.arn : '', error)
  }
}

function keysOf(found: TemporaryKeys): TemporaryKeys {
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = found
  return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }), ...(expiration && { expiration }) }
}

function loginFault(kind: 'key' | 'role' | 'instance', arn: string, error: unknown): Fault {
  const reason = error instanceof Error ? error.name : 'Error'
  if (kind === 'role') {
    const message = `The role ${arn} could not be taken on (${reason}). Check the ARN, the external id, and that the role trusts the identity of this server or of the access key.`
    return new Fault({ kind: 'auth', code: 's3.role_refused', field: 'arn', message, cause: error })
  }
  const message = `This server has no AWS identity of its own (${reason}): no instance role, container role, profile or AWS_* variables. Use an access key, or run the server with a role.`
  return new Fault({ kind: 'auth', code: 's3.no_instance_role', field: 's3_auth_type', message, cause: error })
}
