import { type Connector, describeConnector } from '@leat/connector-kit'
import type { ConnectorInfo } from '@leat/contract'
import { accessorHandlers } from '../access/accessors.ts'
import { auditHandlers } from '../audit/audit-handlers.ts'
import { sessionHandlers } from '../auth/session-handlers.ts'
import { credentialHandlers } from '../credentials/credential-handlers.ts'
import { consentHandlers } from '../credentials/consent-handlers.ts'
import { probeHandlers } from '../credentials/probe-handlers.ts'
import { flowHandlers } from '../flows/flow-handlers.ts'
import { apiKeyHandlers } from '../hooks/api-key-handlers.ts'
import { lookupEntryHandlers } from '../lookups/entry-handlers.ts'
import { lookupHandlers } from '../lookups/lookup-handlers.ts'
import { metricHandlers } from '../metrics/metric-handlers.ts'
import { runHandlers } from '../metrics/run-handlers.ts'
import { dataHandlers } from '../nexsets/data-handlers.ts'
import { nexsetHandlers } from '../nexsets/nexset-handlers.ts'
import type { Platform } from '../platform.ts'
import { sinkHandlers } from '../sinks/sink-handlers.ts'
import { sourceHandlers } from '../sources/source-handlers.ts'
import { uploadHandlers } from '../sources/upload-handlers.ts'
import type { Handlers, SomeHandlers } from './call.ts'
import type { RequestLimits } from './request-limits.ts'

/** A handler for every operation of the route table; a missing one does not compile. */
export function apiHandlers(
  platform: Platform,
  extra: { readonly limits: RequestLimits; readonly openapi: () => Readonly<Record<string, unknown>> },
): Handlers {
  return {
    ...sessionHandlers(platform),
    ...credentialHandlers(platform),
    ...probeHandlers(platform),
    ...consentHandlers(platform),
    ...sourceHandlers(platform),
    ...uploadHandlers(platform),
    ...apiKeyHandlers(platform),
    ...nexsetHandlers(platform),
    ...dataHandlers(platform),
    ...sinkHandlers(platform),
    ...lookupHandlers(platform),
    ...lookupEntryHandlers(platform),
    ...flowHandlers(platform),
    ...metricHandlers(platform, extra.limits),
    ...runHandlers(platform),
    ...accessorHandlers(platform),
    ...auditHandlers(platform),
    ...platformHandlers(platform, extra.openapi),
  }
}

function platformHandlers(
  platform: Platform,
  openapi: () => Readonly<Record<string, unknown>>,
): SomeHandlers<'list_connectors' | 'get_openapi'> {
  return {
    list_connectors: async () => platform.registry.all().map(connectorInfo),
    get_openapi: async () => ({ ...openapi() }),
  }
}

const described = new WeakMap<Connector, ConnectorInfo>()

/** Made once per connector: rendering its schemas takes milliseconds. */
function connectorInfo(connector: Connector): ConnectorInfo {
  const known = described.get(connector) ?? (describeConnector(connector) as unknown as ConnectorInfo)
  described.set(connector, known)
  return known
}
