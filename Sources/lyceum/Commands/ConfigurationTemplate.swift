// The lyceum.yaml that `lyceum init` writes: each setting with what it means.

/// The commented configuration that newcomers start from.
enum ConfigurationTemplate {
    /// Valid as it stands: one source, the folder `exports/` beside the file.
    static let text = """
        # Lyceum's configuration. An unknown key is an error that names its line.
        # Paths are relative to this file. ${NAME} stands for an environment variable.
        # Secrets never stand here: write ${NAME}, or {file: secrets/NAME} for a file with nothing else in it.

        lake: lake                    # Parquet files: <zone>/<table>/source=<source>/dt=<day>/…
        # lake: s3://bucket/prefix    # in S3, with the credentials that AWS's own tools would find; or in full:
        # lake:
        #   s3:
        #     bucket: my-university-lake
        #     prefix: lyceum
        #     region: eu-central-1
        #     encryption: sse-kms     # or sse-s3; by default as the bucket has it
        #     kms_key: alias/lake
        #     profile: lake           # of ~/.aws/credentials; by default environment, web identity, profile, container, instance
        #     endpoint: https://s3.my-university.edu   # another server than AWS's: SeaweedFS, MinIO
        #     style: path             # or virtual
        ledger: ledger.sqlite         # runs, watermarks, catalog, lineage (SQLite); ${LYCEUM_LEDGER_URI}, a
                                      # postgresql:// URI, when several machines share the lake
        index: index                  # search snapshots
        index_versions_kept: 3
        # index_encoder: .lyceum/encoder   # a sentence encoder beside the bundled model (`scripts/setup --encoder`): long texts
                                      # rank better, a search takes milliseconds instead of microseconds, an index far longer

        # Every table with data about people is encrypted (AES-256, in Parquet's own way), history and spill included.
        # The lake keeps its data keys wrapped by this master key. Without it nobody can read them: back it up elsewhere.
        encryption:
          master_key: {file: secrets/master_key}   # `lyceum encryption generate FILE` makes one
          # master_key: ${LYCEUM_MASTER_KEY}       # the same 32 bytes in base64, from the environment
          # master_key: {kms: "arn:aws:kms:eu-central-1:111122223333:key/…"}   # or a key that never leaves AWS KMS

        engine:
          memory_limit: 1500MB        # of the embedded engine; what does not fit goes to disk
          # threads: 4                # default: all cores

        sources:
          # A folder of exports (CSV, JSON lines, Parquet), to try Lyceum on your own files first.
          exports:
            type: files
            path: exports
            mapping: oulad            # these files' layout; or a folder with one .sql file a table

          # The student information system, over ADBC.
          # registrar:
          #   type: oracle
          #   uri: ${ORACLE_URI}      # oracle://user:password@host:1521/service
          #   schema: SIS
          #   connections: 4          # parts of a table read at once
          #   jdbc: {url: "jdbc:oracle:thin:@//host:1521/service", partitions: 16}   # read by Spark, with 'engine.spark'
          #   tables:                 # `lyceum source discover registrar --yaml` writes this section
          #     students: {from: SIS.STUDENTS, exclude: [ssn], filter: "CAMPUS = 'N'"}

          # Workday: students, programmes, job postings, by its REST services, reports (RaaS) or queries (WQL).
          # workday:
          #   type: workday
          #   host: https://wd2-impl-services1.workday.com
          #   tenant: my_university
          #   grant: refresh_token    # or client_credentials, or jwt_bearer with subject and private_key
          #   client_id: ${WORKDAY_CLIENT_ID}
          #   client_secret: ${WORKDAY_CLIENT_SECRET}
          #   refresh_token: {file: secrets/workday_refresh_token}
          #   report_user: ISU_Lyceum # reads reports by HTTP Basic; without it the access token does
          #   report_password: ${WORKDAY_REPORT_PASSWORD}
          #   resources:              # where a table is not where Workday usually has it
          #     job_posting_terms: {report: ISU_Lyceum/Job_Posting_Terms}   # pay and deadlines, if you have such a report
          #     students: {wql: "SELECT workdayID, studentID, firstName FROM allStudents"}
          #     academic_programs: off

          # Any REST interface that answers in JSON: its tables land in raw under the names given here.
          # board:
          #   type: rest
          #   url: https://api.example.edu/v2
          #   auth: {style: token, header: X-Api-Key, token: "${BOARD_KEY}"}   # none, basic, token or oauth
          #   tables:
          #     board_jobs:
          #       path: jobs
          #       records: result.items                 # where the records stand in an answer
          #       paging: {style: link, size: 100}      # none, offset, page, cursor or link
          #       key: job_id
          #       columns: {job_id: ref.id, title: [name, label], place: "places[].city"}

          # Tableau Server or Cloud: the workbooks student_analytics and job_market_trends.
          # tableau:
          #   type: tableau
          #   server: https://tableau.my-university.edu
          #   site: ""                # the site's contentUrl; empty for the default site
          #   token_name: lyceum
          #   token_secret: ${TABLEAU_TOKEN_SECRET}
          #   locale: de_DE           # how views write numbers and dates; without it they stay as written
          #   tables:                 # without it, the two workbooks' first views
          #     student_analytics:
          #       workbook: Analytics
          #       view: Students
          #       filters: {Campus: [North, South]}
          #     job_market_trends:
          #       datasource: Job market      # published; read: query (VizQL Data Service) or extract (Hyper)
          #       read: query
          #       split_by: [Month]           # by these fields' values, where an answer would be too large

        # What may change in the sources' tables: columns, types and data (rules such as a missing key), each
        # evolve (it lands and is reported), freeze (the run stops) or quarantine (the rows that carry it are set aside).
        # contracts:
        #   default: {columns: evolve, types: quarantine}
        #   oracle_students: {columns: freeze, data: quarantine}

        # Who looked at which student's data: each look leaves a line here before the answer leaves. Chained and signed;
        # students stand in it as keyed hashes. Note 'lyceum audit head' elsewhere from time to time.
        audit:
          folder: audit
          # secret: ${LYCEUM_AUDIT_SECRET}   # 32 bytes in hexadecimal digits or base64, or {file: PATH}; without it
                                             # audit.key is made beside this file. Back it up, apart from the record.

        server:
          host: 127.0.0.1             # another machine's requests need TLS, here or in a proxy before it
          port: 8080
          keys: access/keys.json      # API keys, hashed; `lyceum keys create --role ROLE` makes one
          # policy: policy.yaml       # who sees what; `lyceum policy show` prints the rules that hold without it
          # Tokens of the university's identity provider (OpenID Connect), beside keys:
          # oidc:
          #   issuer: https://login.my-university.edu   # exactly as tokens have it in `iss`
          #   audience: lyceum
          #   jwks_uri: https://…         # by default the issuer says where its keys are
          #   algorithms: [RS256, ES256]  # no others are accepted
          #   clock_skew: 60              # seconds that clocks may differ
          #   claims:
          #     role: groups              # a text or a list; realm_access.roles reaches into objects
          #     subject: {student: student_id, adviser: employee_id}   # whose role it is; or one claim for all
          #     roles: {lyceum-students: student, lyceum-advisers: adviser, lyceum-registrars: registrar}
          # Requests of one caller: so many a second, so many at once; wrong credentials from one address.
          # rate_limits:
          #   default: {per_second: 50, burst: 200}
          #   student: {per_second: 10, burst: 40}
          #   anonymous: {per_second: 200, burst: 1000}     # of one address, without a credential
          #   failures: {free: 5, most: 20, refusal: 900}   # then waits double; from 20 on refused for 900 s
          # tls:                      # then HTTP/2 as well; the files are looked at again every few seconds
          #   certificate: /etc/lyceum/tls/fullchain.pem
          #   key: /etc/lyceum/tls/privkey.pem
          #   minimum: 1.2            # or 1.3
          # cors: {origins: ["https://portal.my-university.edu"]}   # other sites whose pages may call the API
          # access_log: stderr        # JSON lines, one a request: stderr, off or a file; stderr unless on a terminal
          # answer_cache_mib: 64           # answers kept for those who ask and see the same; 0 for none
          # behind_https: true             # a proxy speaks HTTPS to browsers: their cookies are for HTTPS only
          # trusted_proxies: [10.0.0.0/8]  # whose X-Forwarded-For tells where a request comes from, for the limits above
          # limits: {concurrent_requests: 64, queued_requests: 256, queue_milliseconds: 100, connections: 4096}
          # shutdown: {notice_seconds: 5, limit_seconds: 20}   # readiness says 503 first; then requests are finished

        """
}
