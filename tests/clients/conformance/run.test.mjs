// The public suite knows no authorization: each of its requests is given ours.
import { runConformanceTests } from "@durable-streams/server-conformance-tests"

const plain = globalThis.fetch

globalThis.fetch = (input, init = {}) => {
  const own = init.headers ?? (input instanceof Request ? input.headers : undefined)
  const headers = new Headers(own)
  headers.set("authorization", `Bearer ${process.env.DARKFACTORY_TOKEN}`)
  return plain(input, { ...init, headers })
}

runConformanceTests({
  baseUrl: process.env.DARKFACTORY_SERVER,
  longPollTimeoutMs: 500,
  subscriptions: false,
})
