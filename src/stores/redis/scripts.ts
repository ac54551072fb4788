// Redis runs a script as one step. These need Redis 2.6.12, name all keys that they touch, and are sent whole: after a
// restart there is nothing to load again. Reads are scripts too, since scripts go to the primary: a plain GET may be answered
// by a replica, or by a cache in the client, with a refresh token that was used up.

/** Whether the lease in `holder` is the one whose token is given. The text of a lease is `<token>:<beat>`. */
const isOurs = (holder: string, token: string): string =>
  `(type(${holder}) == 'string' and string.sub(${holder}, 1, #${token}) == ${token})`

/** Stands for a value that is no string of Redis. */
const foreign = '!'

/**
 * Gives the text of the record ('' for none, '!' for a value of another type), and '1' where the lease is ours.
 * KEYS: record, lease; ARGV: token or ''.
 */
export const readScript = `
local stored, holder = redis.pcall('GET', KEYS[1]), nil
if ARGV[1] ~= '' then holder = redis.pcall('GET', KEYS[2]) end
if type(stored) == 'table' then stored = '${foreign}' end
return { stored or '', holder and ${isOurs('holder', 'ARGV[1]')} and '1' or '0' }`

/** Gives an end to a corrupt value, unless it has one or has been replaced. KEYS: record; ARGV: its text as read, ms. */
export const endScript = `
local stored = redis.pcall('GET', KEYS[1])
if type(stored) == 'table' then stored = '${foreign}' end
if stored == ARGV[1] and redis.call('PTTL', KEYS[1]) == -1 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end`

/**
 * Acquires the lease, or gives the text of the one that is held. KEYS: lease; ARGV: our text, ms, and the text of a lease
 * whose holder is known to be dead, or ''.
 */
export const acquireScript = `
local holder = redis.pcall('GET', KEYS[1])
if type(holder) == 'table' or (ARGV[3] ~= '' and holder == ARGV[3]) then redis.call('DEL', KEYS[1]) end
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return ARGV[1] end
return holder`

/** Shows that the holder lives. KEYS: lease; ARGV: token, our next text, ms. */
export const beatScript = `
local holder = redis.pcall('GET', KEYS[1])
if ${isOurs('holder', 'ARGV[1]')} then redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end`

/** Compare and delete. KEYS: lease; ARGV: token. */
export const releaseScript = `
local holder = redis.pcall('GET', KEYS[1])
if ${isOurs('holder', 'ARGV[1]')} then redis.call('DEL', KEYS[1]) end`

/**
 * Ends a script where the stored record is of a later version (`'newer'`), or where the lease of the caller was lost to
 * another context (`'lost'`): that one holds it, or has held it and left a record. A lease that is merely gone (flushed) is
 * no obstacle. KEYS: record, lease; ARGV: version, token or '', ids of the records that the caller has seen.
 */
const unlessOvertaken = `
local stored, record = redis.pcall('GET', KEYS[1]), nil
if type(stored) == 'string' then
  local isJson, value = pcall(cjson.decode, stored)
  if isJson and type(value) == 'table' then record = value end
end
if record and type(record.version) == 'number' and record.version > tonumber(ARGV[1]) then return 'newer' end
if ARGV[2] ~= '' then
  local holder = redis.pcall('GET', KEYS[2])
  if holder and not ${isOurs('holder', 'ARGV[2]')} then return 'lost' end
  if not holder and record and type(record.id) == 'string' and not string.find(ARGV[3], ' ' .. record.id .. ' ', 1, true) then
    return 'lost'
  end
end`

/**
 * Writes a record, and tells the others. See {@link unlessOvertaken}; further ARGV: channel, message, record, ms to live or ''.
 * Where ids were seen and there is no lease, it leaves alone what came since, or after another sign-out (`'overtaken'`). That
 * may be the tombstone of a sign-out. And telling a fleet of each token that its machines got beside one another would hold
 * Redis up for seconds.
 */
export const writeScript = `${unlessOvertaken}
local function sinceSignOut(of) return string.match(tostring(of.epoch), '^[^.]*') end
if ARGV[2] == '' and ARGV[3] ~= '' and record and type(record.id) == 'string'
  and (sinceSignOut(record) ~= sinceSignOut(cjson.decode(ARGV[6])) or not string.find(ARGV[3], ' ' .. record.id .. ' ', 1, true)) then
  return 'overtaken'
end
if ARGV[7] == '' then redis.call('SET', KEYS[1], ARGV[6]) else redis.call('SET', KEYS[1], ARGV[6], 'PX', ARGV[7]) end
redis.call('PUBLISH', ARGV[4], ARGV[5])
return 'done'`

/** Deletes a record, and tells the others. See {@link unlessOvertaken}; further ARGV: channel, message. */
export const deleteScript = `${unlessOvertaken}
if redis.call('DEL', KEYS[1]) == 1 then redis.call('PUBLISH', ARGV[4], ARGV[5]) end
return 'done'`
