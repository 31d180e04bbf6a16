import type { ConnectContext, Connection, JsonObject } from '@leat/connector-kit'
import { HttpClient } from '@leat/connector-kit/http'
import { chooseAuth } from './auth/choose-auth.ts'
import { checkCredential } from './check-credential.ts'
import { parseHeaderList } from './draft.ts'
import { localManners } from './manners.ts'
import { Requester } from './requester.ts'
import { credentialLookup, secretsOf } from './credential-values.ts'
import { Concealment } from './source/concealment.ts'
import { RestSource } from './source/rest-source.ts'

/** Opens nothing yet: the first request does. */
export async function connect(credentials: JsonObject, context: ConnectContext): Promise<Connection> {
  const secrets = secretsOf(credentials)
  const concealment = new Concealment(secrets)
  const client = new HttpClient({ secrets: [...secrets.values()], maxBodyBytes: 256 * 1024 * 1024, connections: 32 })
  const auth = chooseAuth(credentials)
  const headers = parseHeaderList(credentials['request.headers'] as string | undefined)
  const requester = (perSecond?: number): Requester =>
    new Requester({ client, auth, concealment, headers, manners: localManners(perSecond) })
  return {
    check: () => checkCredential(credentials, requester(), context.signal),
    source: (options) =>
      new RestSource({
        options,
        requester: (plan) => requester(plan.requestsPerSecond),
        concealment,
        credential: credentialLookup(credentials),
      }),
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]()
    },
  }
}
