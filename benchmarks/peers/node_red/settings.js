// Node-RED's settings for a measured run. The AMQP nodes on the registry neither wait for the broker's confirm nor declare
// quorum queues, so the flow uses amqplib and pg through functionGlobalContext, the documented way to add modules.
const amqp = require("amqplib");
const pg = require("pg");

const QUEUE = "inquiries";

async function open() {
  const pool = new pg.Pool({ connectionString: process.env.PEER_POSTGRES, max: 16 });
  await pool.query(
    "CREATE TABLE IF NOT EXISTS inquiry (id text PRIMARY KEY, state text NOT NULL, body jsonb NOT NULL, answer jsonb," +
      " accepted_at timestamptz NOT NULL DEFAULT now(), finished_at timestamptz)",
  );
  const connection = await amqp.connect(process.env.PEER_AMQP);
  const confirmed = await connection.createConfirmChannel();
  await confirmed.assertQueue(QUEUE, { durable: true, arguments: { "x-queue-type": "quorum" } });
  const consuming = await connection.createChannel();
  await consuming.prefetch(64);
  const publish = (message) =>
    new Promise((resolve, reject) =>
      confirmed.sendToQueue(
        QUEUE,
        Buffer.from(JSON.stringify(message)),
        { persistent: true, mandatory: true, contentType: "application/json" },
        (error) => (error ? reject(error) : resolve()),
      ),
    );
  return { pool, consuming, publish, queue: QUEUE };
}

module.exports = {
  uiPort: Number(process.env.PEER_PORT),
  uiHost: "127.0.0.1",
  httpAdminRoot: false,
  disableEditor: true,
  flowFile: process.env.PEER_FLOW,
  credentialSecret: false,
  functionGlobalContext: { peer: open(), crypto: require("crypto") },
  logging: { console: { level: "warn", metrics: false, audit: false } },
};
