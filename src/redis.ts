export { type RedisClient, type RedisListener, type RedisStoreOptions, redisStore } from './stores/redis/redis-store.ts'
