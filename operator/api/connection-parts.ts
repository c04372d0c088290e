import { z } from "zod";
import { dataKey } from "./reference.ts";
import { objectName } from "./text.ts";

/** The keys of one Secret that hold the parts of a connection, each with the name that most operators of databases give it. */
export const postgresPartsSchema = z.strictObject({
  secretName: objectName().describe("Name of the Secret, in the namespace of the app."),
  host: dataKey().default("host").describe("Key of the host, which DATABASE_HOST holds."),
  port: dataKey().default("port").describe("Key of the port, which DATABASE_PORT holds."),
  database: dataKey().default("dbname").describe("Key of the database's name, which DATABASE_NAME holds."),
  user: dataKey().default("username").describe("Key of the user, which DATABASE_USER holds."),
  password: dataKey().default("password").describe("Key of the password, which DATABASE_PASSWORD holds."),
});

/** The keys of one Secret that hold the parts of an external Redis. */
export const redisPartsSchema = z.strictObject({
  secretName: objectName().describe("Name of the Secret, in the namespace of the app."),
  host: dataKey().default("host").describe("Key of the host."),
  port: dataKey().default("port").describe("Key of the port."),
  user: dataKey().optional().describe("Key of the user. Default: none, the user is empty."),
  password: dataKey().optional().describe("Key of the password. Default: none, the password is empty."),
});

/** The keys of one Secret that hold the parts of the connection to a database. */
export type PostgresParts = z.output<typeof postgresPartsSchema>;
/** The keys of one Secret that hold the parts of the connection to an external Redis. */
export type RedisParts = z.output<typeof redisPartsSchema>;
