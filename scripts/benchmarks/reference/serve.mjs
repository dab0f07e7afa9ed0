// The reference server of the protocol, in memory; it says where it is in one line.
import { DurableStreamTestServer } from "@durable-streams/server"

const server = new DurableStreamTestServer({ host: "127.0.0.1", port: 0 })
const url = await server.start()
console.log(JSON.stringify({ url, token: "" }))
