import { retry } from '@leat/connector-kit'
import type { HttpClient } from '@leat/connector-kit/http'
import { withParameter, type Draft } from '../draft.ts'
import { basicHeader } from './basic.ts'
import { textOf, withHeader, type Auth, type Credentials } from './auth.ts'
import { tokenIn } from './token-answer.ts'
import { TokenKeeper, type Tokens } from './token-keeper.ts'
import type { AuthTools } from './auth-tools.ts'

/** TOKEN: a call with user and password gives a token, which goes into every request. */
export function tokenLogin(credentials: Credentials, need: (key: string) => string, tools: AuthTools): Auth {
  const url = need('token.auth.url')
  const keeper = new TokenKeeper(tools.shared, credentials, (_before, signal) =>
    login(credentials, url, tools.client, signal),
  )
  const place = placeOf(credentials)
  return {
    sign: async (draft, signal) => place(draft, await keeper.current(signal)),
    renew: (refused, signal) => keeper.renew(refused.token, signal),
    token: async (signal) => (await keeper.current(signal)).access_token,
    secrets: () => keeper.secrets,
  }
}

async function login(
  credentials: Credentials,
  url: string,
  client: HttpClient,
  signal: AbortSignal | undefined,
): Promise<Tokens> {
  const user = textOf(credentials, 'basic.username')
  const header = textOf(credentials, 'token.auth.token.header.name')
  const body = textOf(credentials, 'token.auth.body')
  const headers = {
    ...(user === undefined || (body !== undefined && header === undefined)
      ? {}
      : { [header ?? 'authorization']: basicHeader(user, textOf(credentials, 'basic.password') ?? '') }),
    ...(body === undefined
      ? {}
      : { 'content-type': /^\s*[[{]/.test(body) ? 'application/json' : 'application/x-www-form-urlencoded' }),
  }
  const method = (textOf(credentials, 'token.auth.method') ?? 'POST') as Draft['method']
  return retry(
    async () => {
      const request = { method, url, headers, ...(body === undefined ? {} : { body }) }
      const response = await client.request({ ...request, ...(signal === undefined ? {} : { signal }) })
      const format = textOf(credentials, 'token.auth.response.format') ?? 'json'
      const cookie = response.headers['set-cookie']
        ?.split(/,(?=\s*[\w-]+=)/)
        .map((one) => one.split(';')[0]!.trim())
        .join('; ')
      const { token } = await tokenIn(response, format, textOf(credentials, 'token.auth.token.path'), url)
      return { access_token: token, ...(cookie === undefined ? {} : { cookie }) }
    },
    signal === undefined ? {} : { signal },
  )
}

function placeOf(credentials: Credentials): (draft: Draft, tokens: Tokens) => Draft {
  const parameter = textOf(credentials, 'token.auth.token.url.parameter') ?? 'token'
  const inUrl = textOf(credentials, 'token.auth.token.include.mode') === 'URL_PARAMETER'
  const name = textOf(credentials, 'token.auth.request.header.name') ?? 'authorization'
  const prefix = credentials['token.auth.request.header.prefix'] ?? 'Bearer'
  const cookies = credentials['token.auth.token.include.cookie'] === true
  return (draft, { access_token: token, cookie }) => {
    const signed = inUrl
      ? withParameter(draft, parameter, token)
      : withHeader(draft, name, prefix === '' ? token : `${String(prefix)} ${token}`)
    return { ...(cookies && cookie !== undefined ? withHeader(signed, 'cookie', cookie) : signed), token }
  }
}
