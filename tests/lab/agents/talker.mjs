// An agent for the lab's own tests that speaks every protocol once. Each act uses hosts of its own,
// and what came of it is printed as a line of JSON.
import { execFile } from "node:child_process";
import dgram from "node:dgram";
import dns from "node:dns";
import http from "node:http";
import http2 from "node:http2";
import https from "node:https";
import net from "node:net";
import tls from "node:tls";
import { promisify } from "node:util";

const run = promisify(execFile);

function all(stream) {
  return new Promise((resolve, reject) => {
    const parts = [];
    stream.on("data", (part) => parts.push(part));
    stream.on("end", () => resolve(Buffer.concat(parts).toString("latin1")));
    stream.on("error", reject);
  });
}

function get(module, url, options = {}) {
  return new Promise((resolve, reject) => {
    const request = module.request(url, options, (response) => {
      all(response).then((body) => resolve({ status: response.statusCode, body }), reject);
    });
    request.on("error", reject);
    request.end(options.body);
  });
}

function talk(port, host, said) {
  return new Promise((resolve) => {
    const began = Date.now();
    const socket = net.connect(port, host, () => said && socket.write(said));
    const parts = [];
    socket.on("data", (part) => parts.push(part));
    socket.on("error", () => {});
    socket.on("close", () =>
      resolve({ got: Buffer.concat(parts).toString("latin1"), ms: Date.now() - began }),
    );
  });
}

function socket(port, host) {
  return new Promise((resolve, reject) => {
    const made = net.connect(port, host, () => resolve(made));
    made.on("error", reject);
  });
}

function send(port, host, data, family = "udp4") {
  return new Promise((resolve) => {
    const began = Date.now();
    const made = dgram.createSocket(family);
    let open = true;
    const finish = (said) => {
      if (open) made.close();
      open = false;
      resolve({ said, ms: Date.now() - began });
    };
    made.on("error", (error) => finish(error.code));
    made.connect(port, host, () => {
      made.send(data);
      setTimeout(() => open && made.send(data, () => {}), 20);
      setTimeout(() => finish("silence"), 300);
    });
  });
}

const acts = {
  async fetch() {
    const response = await fetch("https://fetch.example/one?x=1", { headers: { "X-Case": "1" } });
    return { status: response.status, body: await response.text() };
  },
  async reuse() {
    const agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
    const one = await get(https, "https://reuse.example/one", { agent });
    const two = await get(https, "https://reuse.example/two", { agent, method: "POST", body: "two" });
    agent.destroy();
    return [one.status, two.status];
  },
  async ports() {
    const found = [];
    found.push((await get(https, "https://ports.example:8443/tls")).status);
    found.push((await get(http, "http://ports.example:4318/v1/traces", { method: "POST", body: "{}" })).status);
    found.push((await get(http, "http://203.0.113.9:11434/api/tags")).status);
    found.push((await get(http, "http://[2001:db8::9]:8080/six")).status);
    return found;
  },
  http2() {
    return new Promise((resolve, reject) => {
      const client = http2.connect("https://h2.example", { settings: { initialWindowSize: 77777 } });
      client.on("error", reject);
      const one = (path, body) => {
        const request = client.request({ ":method": "POST", ":path": path, "x-b": "2", "x-a": "1" });
        request.end(body);
        return all(request);
      };
      Promise.all([one("/a", "A"), one("/b", "B")]).then((bodies) => {
        client.close();
        resolve(bodies.length);
      }, reject);
    });
  },
  h2c() {
    return new Promise((resolve, reject) => {
      const client = http2.connect("http://h2c.example:8080");
      client.on("error", reject);
      const request = client.request({ ":path": "/prior" });
      request.on("response", (headers) => resolve(headers[":status"]));
      all(request).then(() => client.close(), reject);
    });
  },
  websocket() {
    const key = "AAAAAAAAAAAAAAAAAAAAAA==";
    return new Promise((resolve, reject) => {
      const request = https.request("https://ws.example/live", {
        headers: {
          Connection: "Upgrade", Upgrade: "websocket", "Sec-WebSocket-Version": "13",
          "Sec-WebSocket-Key": key, "Sec-WebSocket-Protocol": "chat",
        },
      });
      request.on("error", reject);
      request.on("upgrade", (response, opened) => {
        opened.write(Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69]));
        opened.write(Buffer.from([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8]));
        opened.on("data", () => {});
        opened.on("close", () => resolve(response.headers));
      });
      request.end();
    });
  },
  async raw() {
    return {
      ssh: await talk(22, "raw.example", "SSH-2.0-talker\r\n"),
      waits: await talk(25, "waits.example"),
      garbage: await talk(443, "garbage.example", Buffer.from([0, 1, 2, 3])),
      six: await talk(5432, "2001:db8::22", Buffer.from("00000008" + "04d2162f", "hex")),
      dot: await talk(853, "dot.example", "?"),
    };
  },
  async local() {
    // Loopback is the agent's own: what it serves there is its business, and nobody else answers.
    const server = net.createServer((accepted) => accepted.end("mine")).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.on("listening", resolve));
    const own = await talk(server.address().port, "127.0.0.1");
    server.close();
    const refused = await new Promise((resolve) => {
      net.connect(9222, "127.0.0.1").on("error", (error) => resolve(error.code));
    });
    const named = await get(http, "http://localhost:7070/named");
    // What listens on every address hears loopback alone: the rest is the world outside.
    const everywhere = net.createServer((accepted) => accepted.end("mine")).listen(7777, "0.0.0.0");
    await new Promise((resolve) => everywhere.on("listening", resolve));
    const outside = await get(http, "http://8.8.8.8:7777/outside");
    everywhere.close();
    return { own: own.got, refused, named: named.status, outside: outside.status };
  },
  async datagrams() {
    const quic = Buffer.alloc(1200);
    Buffer.from("c300000001" + "08" + "0101010101010101" + "00", "hex").copy(quic);
    return {
      quic: await send(443, "203.0.113.44", quic),
      named: await send(9999, (await dns.promises.lookup("udp.example")).address, "hello"),
      six: await send(4433, "2001:db8::44", "six", "udp6"),
    };
  },
  async names() {
    const resolver = new dns.promises.Resolver({ timeout: 1000, tries: 1 });
    const [four] = await resolver.resolve4("Names.example");
    const [six] = await resolver.resolve6("names.example");
    const other = new dns.promises.Resolver({ timeout: 1000, tries: 1 });
    other.setServers(["8.8.8.8", "[2001:db8::53]"]);
    const third = new dns.promises.Resolver({ timeout: 1000, tries: 1 });
    third.setServers(["[2001:db8::53]"]);
    return {
      four, six,
      reverse: await resolver.reverse(four),
      text: await resolver.resolveTxt("names.example").catch((error) => error.code),
      other: await other.resolve4("elsewhere.example"),
      third: await third.resolve4("six-server.example"),
      lookup: await dns.promises.lookup("names.example", { all: true }),
    };
  },
  async doh() {
    const question = Buffer.from(
      "1234010000010000000000000468696464076578616d706c650000010001".replace("0468696464", "0668696464656e"), "hex",
    );
    const post = await fetch("https://doh.example/dns-query", {
      method: "POST", body: question, headers: { "content-type": "application/dns-message" },
    });
    const json = await fetch("https://doh.example/resolve?name=json.example&type=A");
    return { post: (await post.arrayBuffer()).byteLength, json: await json.json() };
  },
  async connect() {
    const tunnel = await new Promise((resolve, reject) => {
      const request = http.request({
        host: "proxy.example", port: 3128, method: "CONNECT", path: "inside.example:443",
        headers: { "Proxy-Authorization": "Basic dTpw", "X-Odd": "1" },
      });
      request.on("connect", (_, opened) => resolve(opened));
      request.on("error", reject);
      request.end();
    });
    const secured = tls.connect({ socket: tunnel, servername: "inside.example" });
    secured.write("GET /tunnelled HTTP/1.1\r\nHost: inside.example\r\nConnection: close\r\n\r\n");
    return (await all(secured)).slice(0, 15);
  },
  async forward() {
    const answer = await get(http, "http://proxy.example:3128", {
      path: "http://forwarded.example/through", headers: { Host: "forwarded.example" },
    });
    return answer.status;
  },
  async socks() {
    const opened = await socket(1080, "proxy.example");
    opened.write(Buffer.from([5, 1, 0]));
    await new Promise((resolve) => opened.once("data", resolve));
    const host = "socksed.example";
    opened.write(Buffer.concat([Buffer.from([5, 1, 0, 3, host.length]), Buffer.from(host), Buffer.from([1, 187])]));
    await new Promise((resolve) => opened.once("data", resolve));
    const secured = tls.connect({ socket: opened, servername: host });
    secured.write("GET /socks HTTP/1.1\r\nHost: socksed.example\r\nConnection: close\r\n\r\n");
    return (await all(secured)).slice(0, 15);
  },
  async distrust() {
    return get(https, "https://pinned.example/", { ca: [] }).then(
      () => "trusted",
      (error) => error.code,
    );
  },
  async curl() {
    const said = async (...words) => {
      const done = await run("curl", ["-sS", "-m", "5", "-o", "/dev/null", "-w", "%{http_code} %{http_version}", ...words]);
      return done.stdout;
    };
    return {
      two: await said("https://curl.example/two"),
      one: await said("--http1.1", "https://curl.example/one"),
      proxy: await said("-x", "http://user:pw@proxy.example:3128", "https://curl-proxy.example/p"),
      socks: await said("-x", "socks5h://user:pw@proxy.example:1080", "http://curl-socks.example/s"),
      socks4: await said("-x", "socks5://proxy.example:1080", "https://curl-socks-v4.example/s"),
      prior: await said("--http2-prior-knowledge", "http://curl-prior.example/p"),
      upload: await said("-T", "/etc/hostname", "-H", "Expect: 100-continue", "http://curl-put.example/p"),
    };
  },
  async leave() {
    // Much at once, and gone as soon as all of it is sent, before it is answered.
    const sent = [];
    for (let number = 0; number < 40; number += 1) {
      const left = net.connect(80, "203.0.113.80");
      left.on("error", () => {});
      const said = `GET /left/${number} HTTP/1.1\r\nHost: left.example\r\n\r\n`;
      sent.push(new Promise((resolve) => left.write(said, resolve)));
      const datagram = dgram.createSocket("udp4");
      sent.push(new Promise((resolve) => datagram.send("left", 1000 + number, "203.0.113.81", resolve)));
    }
    await Promise.all(sent);
    process.exit(0);
  },
  async git() {
    const attempt = (url) => run("git", ["ls-remote", url], { timeout: 5000 }).then(
      () => "listed", (error) => error.stderr.split("\n")[0],
    );
    return { https: await attempt("https://git.example/project.git"), git: await attempt("git://git-port.example/project.git") };
  },
};

for (const name of process.env.ACT.split(",")) {
  const began = Date.now();
  const result = await acts[name]().catch((error) => `failed: ${error.stack}`);
  console.log(JSON.stringify({ act: name, result, ms: Date.now() - began }));
}
