import { restFault } from '../faults.ts'
import { apiKey } from './api-key.ts'
import { textOf, type Auth, type Credentials } from './auth.ts'
import type { AuthTools } from './auth-tools.ts'
import { awsSignature } from './aws-signature.ts'
import { basic } from './basic.ts'
import { hmac } from './hmac.ts'
import { jwt } from './jwt.ts'
import { none } from './none.ts'
import { oauth1 } from './oauth1.ts'
import { oauth2 } from './oauth2.ts'
import { serviceAccount } from './service-account.ts'
import { tokenLogin } from './token-login.ts'

/** The way that `auth.type` names, with `jwt.enabled` and `hmac.enabled` on top. Throws `rest.auth_incomplete` with the key that is missing. */
export function chooseAuth(credentials: Credentials, tools: AuthTools): Auth {
  const type = textOf(credentials, 'auth.type') ?? 'NONE'
  const needFor =
    (what: string) =>
    (key: string): string => {
      const value = textOf(credentials, key)
      if (value === undefined) throw restFault('auth_incomplete', { type: what, key }, { field: key })
      return value
    }
  const base =
    credentials['jwt.enabled'] === true
      ? jwt(credentials, needFor('JWT'), tools)
      : byType(type, credentials, needFor(type), tools)
  return credentials['hmac.enabled'] === true ? both(base, hmac(credentials, needFor('HMAC'))) : base
}

function byType(type: string, credentials: Credentials, need: (key: string) => string, tools: AuthTools): Auth {
  switch (type) {
    case 'BASIC':
      return basic(need('basic.username'), textOf(credentials, 'basic.password') ?? '')
    case 'API_KEY': {
      const mode = textOf(credentials, 'api.key.include.mode') === 'URL_PARAMETER' ? 'URL_PARAMETER' : 'HEADER'
      return apiKey(mode, need('api.key.auth.key'), need('api.key.auth.value'))
    }
    case 'TOKEN':
      return tokenLogin(credentials, need, tools)
    case 'OAUTH1':
      return oauth1(credentials, need, tools)
    case 'OAUTH2':
      return oauth2(credentials, tools)
    case 'AWS_SIGNATURE':
      return awsSignature(credentials, need)
    case 'gcp_service_account':
      return serviceAccount(credentials, tools)
    default:
      return none
  }
}

/** The second signs what the first has made. */
function both(first: Auth, second: Auth): Auth {
  return { ...first, sign: async (draft, signal) => second.sign(await first.sign(draft, signal), signal) }
}
