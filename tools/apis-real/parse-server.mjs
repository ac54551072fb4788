// parse-server with one user, for test/apis/real. Arguments: port, address of a Postgres database.
import express from 'express'
import { ParseServer } from 'parse-server'

const [port, databaseURI] = process.argv.slice(2)
const serverURL = `http://127.0.0.1:${port}/parse`
const keys = { appId: 'app1', restAPIKey: 'rest1', masterKey: 'master1' }
const server = new ParseServer({ ...keys, databaseURI, serverURL, masterKeyIps: ['127.0.0.1'], silent: true })
await server.start()

const app = express()
app.use('/parse', server.app)
await new Promise((resolve) => app.listen(Number(port), '127.0.0.1', resolve))

const headers = { 'X-Parse-Application-Id': 'app1', 'X-Parse-REST-API-Key': 'rest1', 'Content-Type': 'application/json' }
const body = JSON.stringify({ username: 'cooldude6', password: 'p_n7!-e8' })
await fetch(`${serverURL}/users`, { method: 'POST', headers, body })
app.get('/ready', (_, response) => response.send('ready'))
