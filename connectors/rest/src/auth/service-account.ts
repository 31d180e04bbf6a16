import { createPrivateKey } from 'node:crypto'
import { SignJWT } from 'jose'
import { retry } from '@leat/connector-kit'
import { restFault } from '../faults.ts'
import { isRecord } from '../json-value.ts'
import { textOf, withHeader, type Auth, type Credentials } from './auth.ts'
import type { AuthTools } from './auth-tools.ts'
import { refusal, tokensOf } from './token-answer.ts'
import { TokenKeeper } from './token-keeper.ts'

const field = 'gcp.service.account.credentials.json'
const grant = 'urn:ietf:params:oauth:grant-type:jwt-bearer'

/** A Google service account: a signed JWT is exchanged for an access token (RFC 7523). */
export function serviceAccount(credentials: Credentials, tools: AuthTools): Auth {
  const account = accountOf(credentials)
  const scope = (
    textOf(credentials, 'gcp.service.account.oauth.scopes') ?? 'https://www.googleapis.com/auth/cloud-platform'
  )
    .split(/[\s,]+/)
    .filter(Boolean)
    .join(' ')
  const keeper = new TokenKeeper(tools.shared, credentials, async (_before, signal) => {
    const key = createPrivateKey(account.private_key)
    const assertion = await new SignJWT({ scope })
      .setProtectedHeader({
        alg: 'RS256',
        typ: 'JWT',
        ...(account.private_key_id === undefined ? {} : { kid: account.private_key_id }),
      })
      .setIssuer(account.client_email)
      .setAudience(account.token_uri)
      .setIssuedAt()
      .setExpirationTime('1h')
      .sign(key)
    return retry(async () => {
      const response = await tools.client.request({
        method: 'POST',
        url: account.token_uri,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ grant_type: grant, assertion }).toString(),
        accept: [400, 401, 403],
        ...(signal === undefined ? {} : { signal }),
      })
      const document = await response.json()
      if (response.status !== 200) throw refusal(response.status, document, account.token_uri)
      return tokensOf(document, 3600, null)
    })
  })
  return {
    sign: async (draft, signal) => {
      const { access_token: token } = await keeper.current(signal)
      return { ...withHeader(draft, 'authorization', `Bearer ${token}`), token }
    },
    renew: (refused, signal) => keeper.renew(refused.token, signal),
    token: async (signal) => (await keeper.current(signal)).access_token,
    secrets: () => keeper.secrets,
  }
}

interface Account {
  readonly client_email: string
  readonly private_key: string
  readonly private_key_id?: string
  readonly token_uri: string
}

function accountOf(credentials: Credentials): Account {
  const given = credentials[field]
  let account: unknown = given
  try {
    if (typeof given === 'string') account = JSON.parse(given)
  } catch {
    account = null
  }
  const { client_email: email, private_key: key } = isRecord(account) ? account : {}
  if (typeof email !== 'string' || typeof key !== 'string')
    throw restFault(
      'auth_conflict',
      { why: `"${field}" is not the JSON key of a service account: client_email and private_key are missing.` },
      { field },
    )
  const { token_uri = 'https://oauth2.googleapis.com/token' } = account as Partial<Account>
  return { ...(account as Account), token_uri }
}
