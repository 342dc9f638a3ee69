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

        # Every table with data about people is encrypted (AES-256, in Parquet's own way), history and spill included.
        # The lake keeps its data keys wrapped by this master key. Without it nobody can read them: back it up elsewhere.
        encryption:
          master_key: {file: secrets/master_key}   # `lyceum keys generate FILE` makes one
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

        server:
          host: 127.0.0.1             # loopback unless you put TLS in front
          port: 8080
          # api_key: ${LYCEUM_API_KEY}  # opens students' data; without a key only jobs and courses are served

        """
}
