// request: the line of Planhat's CSV text, `fs.createReadStream(csv).pipe(request.put(url))`.
const fs = require("fs");
const request = require("request");

const url = `${process.env.WAYPOST_URL}/analytics/stream/csv/${process.env.WAYPOST_TENANT}`;
const put = request.put(url, (error, response, body) => {
  console.log(JSON.stringify({ error, status: response && response.statusCode, body }));
});
fs.createReadStream(process.env.FILE).pipe(put);
