import { toFault } from '@leat/connector-kit'
import type { FastifyInstance } from 'fastify'
import { callbackPath, takeConsent } from '../credentials/consent-handlers.ts'
import type { Platform } from '../platform.ts'

/** Where services send the browser back to: a page for a person, without a token, because the state in its URL proves who began. */
export function addConsentPage(app: FastifyInstance, platform: Platform): void {
  app.get(callbackPath, async (request, reply) => {
    const query = new URL(request.url, 'http://leat').searchParams
    const gone = AbortSignal.timeout(60_000)
    const [status, title, text] = await takeConsent(platform, query, gone).then(
      (name) => [200, 'Allowed', `The credential “${name}” may be used now. You can close this page.`] as const,
      (thrown: unknown) => {
        const fault = toFault(thrown)
        if (fault.kind === 'bug')
          platform.log('error', 'consent failed', { request_id: request.id, error: fault.message })
        const shown = fault.kind === 'bug' ? `Something went wrong here (request ${request.id}).` : fault.message
        return [fault.kind === 'bug' ? 500 : 400, 'Not allowed', shown] as const
      },
    )
    return reply
      .code(status)
      .header('content-type', 'text/html; charset=utf-8')
      .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'")
      .header('cache-control', 'no-store')
      .send(
        `<!doctype html><meta charset="utf-8"><title>${title}</title><body style="font: 16px system-ui; margin: 4rem auto; max-width: 36rem"><h1>${title}</h1><p>${escapeHtml(text)}</p>`,
      )
  })
}

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
