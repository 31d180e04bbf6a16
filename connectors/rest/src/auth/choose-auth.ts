import { restFault } from '../faults.ts'
import { apiKey } from './api-key.ts'
import { textOf, type Auth, type Credentials } from './auth.ts'
import { basic } from './basic.ts'
import { none } from './none.ts'

/** The way that `auth.type` names. Throws `rest.auth_incomplete` with the key that is missing. */
export function chooseAuth(credentials: Credentials): Auth {
  const type = textOf(credentials, 'auth.type') ?? 'NONE'
  const need = (key: string): string => {
    const value = textOf(credentials, key)
    if (value === undefined) throw restFault('auth_incomplete', { type, key }, { field: key })
    return value
  }
  switch (type) {
    case 'BASIC':
      return basic(need('basic.username'), textOf(credentials, 'basic.password') ?? '')
    case 'API_KEY': {
      const mode = textOf(credentials, 'api.key.include.mode') === 'URL_PARAMETER' ? 'URL_PARAMETER' : 'HEADER'
      return apiKey(mode, need('api.key.auth.key'), need('api.key.auth.value'))
    }
    default:
      return none
  }
}
