// Redis runs a script as one step. They need Redis 2.6.12, name all keys they touch, and are sent whole: after a restart
// there is nothing to load again.

/** Whether the lease that stands in `holder` is the one whose token is given. Its text is `<token>:<beat>`. */
const isOurs = (holder: string, token: string): string => `(${holder} and string.sub(${holder}, 1, #${token}) == ${token})`

/**
 * Takes the lease, or gives the text of the one that is held. KEYS: lease; ARGV: our text, ms, and the text of a lease
 * whose holder is known to be dead, or ''.
 */
export const acquireScript = `
if ARGV[3] ~= '' and redis.call('GET', KEYS[1]) == ARGV[3] then redis.call('DEL', KEYS[1]) end
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return ARGV[1] end
return redis.call('GET', KEYS[1])`

/** Shows that the holder lives. KEYS: lease; ARGV: token, our next text, ms. */
export const beatScript = `
local holder = redis.call('GET', KEYS[1])
if ${isOurs('holder', 'ARGV[1]')} then redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end`

/** Compare and delete. KEYS: lease; ARGV: token. */
export const releaseScript = `
local holder = redis.call('GET', KEYS[1])
if ${isOurs('holder', 'ARGV[1]')} then redis.call('DEL', KEYS[1]) end`

/**
 * Writes a record, unless the stored one is of a later version (`'newer'`), or another context has got between a holder and
 * its write (`'lost'`): it holds the lease, or has held it and left a record. A lease that is merely gone (flushed) hinders
 * no write. KEYS: record, lease; ARGV: record, version, ms to live or '', token or '', ids that the holder knows, channel,
 * sender.
 */
export const writeScript = `
local stored, record = redis.pcall('GET', KEYS[1]), nil
if type(stored) == 'string' then
  local isJson, value = pcall(cjson.decode, stored)
  if isJson and type(value) == 'table' then record = value end
end
if record and type(record.version) == 'number' and record.version > tonumber(ARGV[2]) then return 'newer' end
if ARGV[4] ~= '' then
  local holder = redis.call('GET', KEYS[2])
  if holder and not ${isOurs('holder', 'ARGV[4]')} then return 'lost' end
  if not holder and record and type(record.id) == 'string' and not string.find(ARGV[5], record.id, 1, true) then return 'lost' end
end
if ARGV[3] == '' then redis.call('SET', KEYS[1], ARGV[1]) else redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3]) end
redis.call('PUBLISH', ARGV[6], ARGV[7])
return 'stored'`

/** KEYS: record; ARGV: channel, sender. */
export const deleteScript = `
if redis.call('DEL', KEYS[1]) == 1 then redis.call('PUBLISH', ARGV[1], ARGV[2]) end`
