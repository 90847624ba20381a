// This file was generated with `cornucopia`. Do not modify.

#[derive(Debug)]
pub struct ListMissingPrivilegesParams<
    T1: crate::StringSql,
    T2: crate::ArraySql<Item = T1>,
    T3: crate::StringSql,
    T4: crate::ArraySql<Item = T3>,
> {
    pub tables: T2,
    pub privileges: T4,
}
#[derive(Debug, Clone, PartialEq)]
pub struct ListObjects {
    pub kind: String,
    pub name: String,
    pub definition: String,
}
pub struct ListObjectsBorrowed<'a> {
    pub kind: &'a str,
    pub name: &'a str,
    pub definition: &'a str,
}
impl<'a> From<ListObjectsBorrowed<'a>> for ListObjects {
    fn from(
        ListObjectsBorrowed {
            kind,
            name,
            definition,
        }: ListObjectsBorrowed<'a>,
    ) -> Self {
        Self {
            kind: kind.into(),
            name: name.into(),
            definition: definition.into(),
        }
    }
}
#[derive(Debug, Clone, PartialEq)]
pub struct ListMissingPrivileges {
    pub table_name: String,
    pub privilege: String,
}
pub struct ListMissingPrivilegesBorrowed<'a> {
    pub table_name: &'a str,
    pub privilege: &'a str,
}
impl<'a> From<ListMissingPrivilegesBorrowed<'a>> for ListMissingPrivileges {
    fn from(
        ListMissingPrivilegesBorrowed {
            table_name,
            privilege,
        }: ListMissingPrivilegesBorrowed<'a>,
    ) -> Self {
        Self {
            table_name: table_name.into(),
            privilege: privilege.into(),
        }
    }
}
#[derive(Debug, Clone, PartialEq)]
pub struct ListOutdatedExtensions {
    pub name: String,
    pub installed: String,
    pub available: String,
}
pub struct ListOutdatedExtensionsBorrowed<'a> {
    pub name: &'a str,
    pub installed: &'a str,
    pub available: &'a str,
}
impl<'a> From<ListOutdatedExtensionsBorrowed<'a>> for ListOutdatedExtensions {
    fn from(
        ListOutdatedExtensionsBorrowed {
            name,
            installed,
            available,
        }: ListOutdatedExtensionsBorrowed<'a>,
    ) -> Self {
        Self {
            name: name.into(),
            installed: installed.into(),
            available: available.into(),
        }
    }
}
#[derive(Debug, Clone, PartialEq)]
pub struct ListOtherSettings {
    pub name: String,
    pub expected: String,
    pub found: String,
    pub remedy: String,
}
pub struct ListOtherSettingsBorrowed<'a> {
    pub name: &'a str,
    pub expected: &'a str,
    pub found: &'a str,
    pub remedy: &'a str,
}
impl<'a> From<ListOtherSettingsBorrowed<'a>> for ListOtherSettings {
    fn from(
        ListOtherSettingsBorrowed {
            name,
            expected,
            found,
            remedy,
        }: ListOtherSettingsBorrowed<'a>,
    ) -> Self {
        Self {
            name: name.into(),
            expected: expected.into(),
            found: found.into(),
            remedy: remedy.into(),
        }
    }
}
use crate::client::async_::GenericClient;
use futures::{self, StreamExt, TryStreamExt};
pub struct ListObjectsQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s tokio_postgres::Statement>,
    extractor: fn(&tokio_postgres::Row) -> Result<ListObjectsBorrowed, tokio_postgres::Error>,
    mapper: fn(ListObjectsBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> ListObjectsQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    pub fn map<R>(
        self,
        mapper: fn(ListObjectsBorrowed) -> R,
    ) -> ListObjectsQuery<'c, 'a, 's, C, R, N> {
        ListObjectsQuery {
            client: self.client,
            params: self.params,
            query: self.query,
            cached: self.cached,
            extractor: self.extractor,
            mapper,
        }
    }
    pub async fn one(self) -> Result<T, tokio_postgres::Error> {
        let row =
            crate::client::async_::one(self.client, self.query, &self.params, self.cached).await?;
        Ok((self.mapper)((self.extractor)(&row)?))
    }
    pub async fn all(self) -> Result<Vec<T>, tokio_postgres::Error> {
        self.iter().await?.try_collect().await
    }
    pub async fn opt(self) -> Result<Option<T>, tokio_postgres::Error> {
        let opt_row =
            crate::client::async_::opt(self.client, self.query, &self.params, self.cached).await?;
        Ok(opt_row
            .map(|row| {
                let extracted = (self.extractor)(&row)?;
                Ok((self.mapper)(extracted))
            })
            .transpose()?)
    }
    pub async fn iter(
        self,
    ) -> Result<
        impl futures::Stream<Item = Result<T, tokio_postgres::Error>> + 'c,
        tokio_postgres::Error,
    > {
        let stream = crate::client::async_::raw(
            self.client,
            self.query,
            crate::slice_iter(&self.params),
            self.cached,
        )
        .await?;
        let mapped = stream
            .map(move |res| {
                res.and_then(|row| {
                    let extracted = (self.extractor)(&row)?;
                    Ok((self.mapper)(extracted))
                })
            })
            .into_stream();
        Ok(mapped)
    }
}
pub struct ListMissingPrivilegesQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s tokio_postgres::Statement>,
    extractor:
        fn(&tokio_postgres::Row) -> Result<ListMissingPrivilegesBorrowed, tokio_postgres::Error>,
    mapper: fn(ListMissingPrivilegesBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> ListMissingPrivilegesQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    pub fn map<R>(
        self,
        mapper: fn(ListMissingPrivilegesBorrowed) -> R,
    ) -> ListMissingPrivilegesQuery<'c, 'a, 's, C, R, N> {
        ListMissingPrivilegesQuery {
            client: self.client,
            params: self.params,
            query: self.query,
            cached: self.cached,
            extractor: self.extractor,
            mapper,
        }
    }
    pub async fn one(self) -> Result<T, tokio_postgres::Error> {
        let row =
            crate::client::async_::one(self.client, self.query, &self.params, self.cached).await?;
        Ok((self.mapper)((self.extractor)(&row)?))
    }
    pub async fn all(self) -> Result<Vec<T>, tokio_postgres::Error> {
        self.iter().await?.try_collect().await
    }
    pub async fn opt(self) -> Result<Option<T>, tokio_postgres::Error> {
        let opt_row =
            crate::client::async_::opt(self.client, self.query, &self.params, self.cached).await?;
        Ok(opt_row
            .map(|row| {
                let extracted = (self.extractor)(&row)?;
                Ok((self.mapper)(extracted))
            })
            .transpose()?)
    }
    pub async fn iter(
        self,
    ) -> Result<
        impl futures::Stream<Item = Result<T, tokio_postgres::Error>> + 'c,
        tokio_postgres::Error,
    > {
        let stream = crate::client::async_::raw(
            self.client,
            self.query,
            crate::slice_iter(&self.params),
            self.cached,
        )
        .await?;
        let mapped = stream
            .map(move |res| {
                res.and_then(|row| {
                    let extracted = (self.extractor)(&row)?;
                    Ok((self.mapper)(extracted))
                })
            })
            .into_stream();
        Ok(mapped)
    }
}
pub struct ListOutdatedExtensionsQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s tokio_postgres::Statement>,
    extractor:
        fn(&tokio_postgres::Row) -> Result<ListOutdatedExtensionsBorrowed, tokio_postgres::Error>,
    mapper: fn(ListOutdatedExtensionsBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> ListOutdatedExtensionsQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    pub fn map<R>(
        self,
        mapper: fn(ListOutdatedExtensionsBorrowed) -> R,
    ) -> ListOutdatedExtensionsQuery<'c, 'a, 's, C, R, N> {
        ListOutdatedExtensionsQuery {
            client: self.client,
            params: self.params,
            query: self.query,
            cached: self.cached,
            extractor: self.extractor,
            mapper,
        }
    }
    pub async fn one(self) -> Result<T, tokio_postgres::Error> {
        let row =
            crate::client::async_::one(self.client, self.query, &self.params, self.cached).await?;
        Ok((self.mapper)((self.extractor)(&row)?))
    }
    pub async fn all(self) -> Result<Vec<T>, tokio_postgres::Error> {
        self.iter().await?.try_collect().await
    }
    pub async fn opt(self) -> Result<Option<T>, tokio_postgres::Error> {
        let opt_row =
            crate::client::async_::opt(self.client, self.query, &self.params, self.cached).await?;
        Ok(opt_row
            .map(|row| {
                let extracted = (self.extractor)(&row)?;
                Ok((self.mapper)(extracted))
            })
            .transpose()?)
    }
    pub async fn iter(
        self,
    ) -> Result<
        impl futures::Stream<Item = Result<T, tokio_postgres::Error>> + 'c,
        tokio_postgres::Error,
    > {
        let stream = crate::client::async_::raw(
            self.client,
            self.query,
            crate::slice_iter(&self.params),
            self.cached,
        )
        .await?;
        let mapped = stream
            .map(move |res| {
                res.and_then(|row| {
                    let extracted = (self.extractor)(&row)?;
                    Ok((self.mapper)(extracted))
                })
            })
            .into_stream();
        Ok(mapped)
    }
}
pub struct ListOtherSettingsQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s tokio_postgres::Statement>,
    extractor: fn(&tokio_postgres::Row) -> Result<ListOtherSettingsBorrowed, tokio_postgres::Error>,
    mapper: fn(ListOtherSettingsBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> ListOtherSettingsQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    pub fn map<R>(
        self,
        mapper: fn(ListOtherSettingsBorrowed) -> R,
    ) -> ListOtherSettingsQuery<'c, 'a, 's, C, R, N> {
        ListOtherSettingsQuery {
            client: self.client,
            params: self.params,
            query: self.query,
            cached: self.cached,
            extractor: self.extractor,
            mapper,
        }
    }
    pub async fn one(self) -> Result<T, tokio_postgres::Error> {
        let row =
            crate::client::async_::one(self.client, self.query, &self.params, self.cached).await?;
        Ok((self.mapper)((self.extractor)(&row)?))
    }
    pub async fn all(self) -> Result<Vec<T>, tokio_postgres::Error> {
        self.iter().await?.try_collect().await
    }
    pub async fn opt(self) -> Result<Option<T>, tokio_postgres::Error> {
        let opt_row =
            crate::client::async_::opt(self.client, self.query, &self.params, self.cached).await?;
        Ok(opt_row
            .map(|row| {
                let extracted = (self.extractor)(&row)?;
                Ok((self.mapper)(extracted))
            })
            .transpose()?)
    }
    pub async fn iter(
        self,
    ) -> Result<
        impl futures::Stream<Item = Result<T, tokio_postgres::Error>> + 'c,
        tokio_postgres::Error,
    > {
        let stream = crate::client::async_::raw(
            self.client,
            self.query,
            crate::slice_iter(&self.params),
            self.cached,
        )
        .await?;
        let mapped = stream
            .map(move |res| {
                res.and_then(|row| {
                    let extracted = (self.extractor)(&row)?;
                    Ok((self.mapper)(extracted))
                })
            })
            .into_stream();
        Ok(mapped)
    }
}
pub struct ListObjectsStmt(&'static str, Option<tokio_postgres::Statement>);
/// What the schema consists of: tables, columns, constraints, indexes, triggers, policies, grants to roles of ours and to
/// everybody, functions and extensions, each with what makes it the one that the queries were written for. Told by the
/// columns of the catalog, not by its texts, which differ from version to version; a function by the hash of its source, a
/// policy by what its expression depends on. Partitions and embeddings are left out.
///
/// Access path: the catalog.
/// Invariant: reads no memory, changes nothing.
pub fn list_objects() -> ListObjectsStmt {
    ListObjectsStmt(
        "WITH grantee AS MATERIALIZED ( SELECT r.oid, r.rolname::text AS name FROM pg_catalog.pg_roles AS r WHERE r.rolname IN ('pgmemory_app', 'pgmemory_tenant', 'pgmemory_tenant_writer', 'pgmemory_readonly', 'pgmemory_admin') UNION ALL SELECT 0, 'PUBLIC' ), relation AS MATERIALIZED ( SELECT c.oid, c.relname::text AS name, c.relkind, c.relacl, c.relrowsecurity, c.relforcerowsecurity FROM pg_catalog.pg_class AS c WHERE c.relnamespace = (SELECT s.oid FROM pg_catalog.pg_namespace AS s WHERE s.nspname = 'memory') AND c.relkind IN ('r', 'p', 'm') AND NOT c.relispartition AND c.relname <> 'embeddings' ) SELECT 'table' AS kind, name, concat_ws( ' ', CASE relkind WHEN 'm' THEN 'materialized view' ELSE 'table' END, CASE WHEN relforcerowsecurity THEN 'FORCE' END, CASE WHEN relrowsecurity THEN 'ROW LEVEL SECURITY' END ) AS definition FROM relation UNION ALL SELECT 'column', r.name || '.' || a.attname, concat_ws( ' ', pg_catalog.format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN 'NOT NULL' END, CASE WHEN a.attgenerated <> '' THEN 'GENERATED' WHEN a.atthasdef THEN 'DEFAULT' END ) FROM relation AS r JOIN pg_catalog.pg_attribute AS a ON a.attrelid = r.oid WHERE a.attnum > 0 AND NOT a.attisdropped UNION ALL SELECT 'constraint', r.name || '.' || k.conname, concat_ws( ' ', CASE k.contype WHEN 'p' THEN 'PRIMARY KEY' WHEN 'u' THEN 'UNIQUE' WHEN 'f' THEN 'FOREIGN KEY' ELSE 'CHECK' END, '(' || ( SELECT string_agg(a.attname, ', ' ORDER BY CASE WHEN k.contype = 'c' THEN a.attnum ELSE part.place END) FROM unnest(k.conkey) WITH ORDINALITY AS part (attnum, place) JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = part.attnum ) || ')', CASE WHEN k.contype = 'f' THEN 'REFERENCES ' || (SELECT c.relname FROM pg_catalog.pg_class AS c WHERE c.oid = k.confrelid) END, CASE WHEN k.contype = 'f' THEN 'ON DELETE ' || k.confdeltype::text END, CASE WHEN NOT k.convalidated THEN 'NOT VALID' END ) FROM relation AS r JOIN pg_catalog.pg_constraint AS k ON k.conrelid = r.oid WHERE k.contype IN ('p', 'u', 'f', 'c') AND k.conparentid = 0 UNION ALL SELECT 'index', x.relname::text, concat_ws( ' ', CASE WHEN i.indisunique THEN 'UNIQUE' END, m.amname, 'ON ' || r.name, '(' || ( SELECT string_agg( concat_ws(' ', coalesce(a.attname, 'expression'), o.opcname, CASE WHEN part.option & 1 = 1 THEN 'DESC' END), ', ' ORDER BY part.place ) FROM unnest(i.indkey::smallint[], i.indclass::oid[], i.indoption::smallint[]) WITH ORDINALITY AS part (attnum, class, option, place) JOIN pg_catalog.pg_opclass AS o ON o.oid = part.class LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = r.oid AND a.attnum = part.attnum AND part.attnum > 0 ) || ')', CASE WHEN i.indpred IS NOT NULL THEN 'WHERE' END, CASE WHEN NOT i.indisvalid THEN 'INVALID' END ) FROM relation AS r JOIN pg_catalog.pg_index AS i ON i.indrelid = r.oid JOIN pg_catalog.pg_class AS x ON x.oid = i.indexrelid JOIN pg_catalog.pg_am AS m ON m.oid = x.relam UNION ALL SELECT 'trigger', r.name || '.' || t.tgname, concat_ws(' ', 'EXECUTE', p.proname, 'AS', t.tgtype::text, CASE t.tgenabled WHEN 'O' THEN NULL WHEN 'D' THEN 'DISABLED' ELSE 'ENABLED ' || t.tgenabled::text END) FROM relation AS r JOIN pg_catalog.pg_trigger AS t ON t.tgrelid = r.oid JOIN pg_catalog.pg_proc AS p ON p.oid = t.tgfoid WHERE NOT t.tgisinternal UNION ALL SELECT 'policy', r.name || '.' || p.polname, concat_ws( ' ', CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END, 'FOR ' || p.polcmd::text, 'TO ' || ( SELECT string_agg(coalesce(a.rolname::text, 'PUBLIC'), ', ' ORDER BY a.rolname) FROM unnest(p.polroles) AS part (role) LEFT JOIN pg_catalog.pg_roles AS a ON a.oid = part.role ), CASE WHEN p.polqual IS NOT NULL THEN 'USING' END, CASE WHEN p.polwithcheck IS NOT NULL THEN 'WITH CHECK' END, 'BY ' || ( SELECT string_agg(o.oprname, ', ' ORDER BY o.oprname) FROM regexp_matches(concat(p.polqual, p.polwithcheck), ':opno (\\d+)', 'g') AS found JOIN pg_catalog.pg_operator AS o ON o.oid = found[1]::oid ), CASE WHEN concat(p.polqual, p.polwithcheck) LIKE '%BOOLEXPR%' THEN 'SEVERAL CONDITIONS' END, 'ON ' || ( SELECT string_agg(coalesce(f.proname, a.attname)::text, ', ' ORDER BY coalesce(f.proname, a.attname)) FROM pg_catalog.pg_depend AS d LEFT JOIN pg_catalog.pg_proc AS f ON d.refclassid = 'pg_catalog.pg_proc'::regclass AND f.oid = d.refobjid LEFT JOIN pg_catalog.pg_attribute AS a ON d.refclassid = 'pg_catalog.pg_class'::regclass AND a.attrelid = d.refobjid AND a.attnum = d.refobjsubid AND a.attnum > 0 WHERE d.classid = 'pg_catalog.pg_policy'::regclass AND d.objid = p.oid AND coalesce(f.proname, a.attname) IS NOT NULL ) ) FROM relation AS r JOIN pg_catalog.pg_policy AS p ON p.polrelid = r.oid UNION ALL SELECT 'grant', r.name || '.' || g.name, string_agg(DISTINCT granted.privilege_type, ', ' ORDER BY granted.privilege_type) FROM relation AS r CROSS JOIN LATERAL aclexplode(r.relacl) AS granted JOIN grantee AS g ON g.oid = granted.grantee GROUP BY r.name, g.name UNION ALL SELECT 'function', p.proname || '(' || pg_catalog.pg_get_function_identity_arguments(p.oid) || ')', concat_ws( ' ', 'RETURNS', pg_catalog.format_type(p.prorettype, NULL), l.lanname, p.provolatile::text, md5(replace(p.prosrc, E'\\r', '')), CASE WHEN p.prosecdef THEN 'SECURITY DEFINER' END, 'SET ' || array_to_string(p.proconfig, ', '), CASE WHEN p.proacl IS NOT NULL THEN 'EXECUTE BY ' || ( SELECT coalesce(string_agg(DISTINCT g.name, ', ' ORDER BY g.name), 'the owner') FROM aclexplode(p.proacl) AS granted JOIN grantee AS g ON g.oid = granted.grantee ) END ) FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS s ON s.oid = p.pronamespace JOIN pg_catalog.pg_language AS l ON l.oid = p.prolang WHERE s.nspname = 'memory' UNION ALL SELECT 'extension', e.extname::text, 'IN SCHEMA ' || s.nspname FROM pg_catalog.pg_extension AS e JOIN pg_catalog.pg_namespace AS s ON s.oid = e.extnamespace WHERE e.extname IN ('pg_trgm', 'btree_gin')",
        None,
    )
}
impl ListObjectsStmt {
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, tokio_postgres::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    pub fn bind<'c, 'a, 's, C: GenericClient>(
        &'s self,
        client: &'c C,
    ) -> ListObjectsQuery<'c, 'a, 's, C, ListObjects, 0> {
        ListObjectsQuery {
            client,
            params: [],
            query: self.0,
            cached: self.1.as_ref(),
            extractor:
                |row: &tokio_postgres::Row| -> Result<ListObjectsBorrowed, tokio_postgres::Error> {
                    Ok(ListObjectsBorrowed {
                        kind: row.try_get(0)?,
                        name: row.try_get(1)?,
                        definition: row.try_get(2)?,
                    })
                },
            mapper: |it| ListObjects::from(it),
        }
    }
}
pub struct ListMissingPrivilegesStmt(&'static str, Option<tokio_postgres::Statement>);
/// Which of these privileges on tables of the schema the present role has not. A table that is not there is none.
///
/// Access path: the catalog.
/// Invariant: reads no memory, changes nothing.
pub fn list_missing_privileges() -> ListMissingPrivilegesStmt {
    ListMissingPrivilegesStmt(
        "SELECT needed.table_name, needed.privilege FROM unnest($1::text[], $2::text[]) AS needed (table_name, privilege) JOIN pg_catalog.pg_class AS c ON c.relname = needed.table_name JOIN pg_catalog.pg_namespace AS s ON s.oid = c.relnamespace AND s.nspname = 'memory' WHERE NOT has_table_privilege(c.oid, needed.privilege) ORDER BY needed.table_name, needed.privilege",
        None,
    )
}
impl ListMissingPrivilegesStmt {
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, tokio_postgres::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    pub fn bind<
        'c,
        'a,
        's,
        C: GenericClient,
        T1: crate::StringSql,
        T2: crate::ArraySql<Item = T1>,
        T3: crate::StringSql,
        T4: crate::ArraySql<Item = T3>,
    >(
        &'s self,
        client: &'c C,
        tables: &'a T2,
        privileges: &'a T4,
    ) -> ListMissingPrivilegesQuery<'c, 'a, 's, C, ListMissingPrivileges, 2> {
        ListMissingPrivilegesQuery {
            client,
            params: [tables, privileges],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &tokio_postgres::Row,
            | -> Result<ListMissingPrivilegesBorrowed, tokio_postgres::Error> {
                Ok(ListMissingPrivilegesBorrowed {
                    table_name: row.try_get(0)?,
                    privilege: row.try_get(1)?,
                })
            },
            mapper: |it| ListMissingPrivileges::from(it),
        }
    }
}
impl<
    'c,
    'a,
    's,
    C: GenericClient,
    T1: crate::StringSql,
    T2: crate::ArraySql<Item = T1>,
    T3: crate::StringSql,
    T4: crate::ArraySql<Item = T3>,
>
    crate::client::async_::Params<
        'c,
        'a,
        's,
        ListMissingPrivilegesParams<T1, T2, T3, T4>,
        ListMissingPrivilegesQuery<'c, 'a, 's, C, ListMissingPrivileges, 2>,
        C,
    > for ListMissingPrivilegesStmt
{
    fn params(
        &'s self,
        client: &'c C,
        params: &'a ListMissingPrivilegesParams<T1, T2, T3, T4>,
    ) -> ListMissingPrivilegesQuery<'c, 'a, 's, C, ListMissingPrivileges, 2> {
        self.bind(client, &params.tables, &params.privileges)
    }
}
pub struct ListOutdatedExtensionsStmt(&'static str, Option<tokio_postgres::Statement>);
/// The extensions of the store of which the server has a newer version than the database uses.
///
/// Access path: the catalog.
/// Invariant: reads no memory, changes nothing.
pub fn list_outdated_extensions() -> ListOutdatedExtensionsStmt {
    ListOutdatedExtensionsStmt(
        "SELECT e.extname::text AS name, e.extversion AS installed, a.default_version AS available FROM pg_catalog.pg_extension AS e JOIN pg_catalog.pg_available_extensions AS a ON a.name = e.extname WHERE e.extname IN ('pg_trgm', 'btree_gin', 'vector') AND e.extversion <> a.default_version ORDER BY name",
        None,
    )
}
impl ListOutdatedExtensionsStmt {
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, tokio_postgres::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    pub fn bind<'c, 'a, 's, C: GenericClient>(
        &'s self,
        client: &'c C,
    ) -> ListOutdatedExtensionsQuery<'c, 'a, 's, C, ListOutdatedExtensions, 0> {
        ListOutdatedExtensionsQuery {
            client,
            params: [],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &tokio_postgres::Row,
            | -> Result<ListOutdatedExtensionsBorrowed, tokio_postgres::Error> {
                Ok(ListOutdatedExtensionsBorrowed {
                    name: row.try_get(0)?,
                    installed: row.try_get(1)?,
                    available: row.try_get(2)?,
                })
            },
            mapper: |it| ListOutdatedExtensions::from(it),
        }
    }
}
pub struct ListOtherSettingsStmt(&'static str, Option<tokio_postgres::Statement>);
/// Settings that this connection has otherwise than the program asks for when it connects, and what would give them to its role: a
/// pooler may pass none on.
///
/// Access path: none.
/// Invariant: touches no table, changes nothing.
pub fn list_other_settings() -> ListOtherSettingsStmt {
    ListOtherSettingsStmt(
        "SELECT asked.name, asked.value AS expected, current_setting(asked.name) AS found, format('ALTER ROLE %I SET %I = %L', session_user, asked.name, asked.value) AS remedy FROM (VALUES ('jit', 'off', 'on'), ('plan_cache_mode', 'force_generic_plan', 'auto'), ('statement_timeout', '1min', '0')) AS asked (name, value, server_default) WHERE current_setting(asked.name) = asked.server_default ORDER BY asked.name",
        None,
    )
}
impl ListOtherSettingsStmt {
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, tokio_postgres::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    pub fn bind<'c, 'a, 's, C: GenericClient>(
        &'s self,
        client: &'c C,
    ) -> ListOtherSettingsQuery<'c, 'a, 's, C, ListOtherSettings, 0> {
        ListOtherSettingsQuery {
            client,
            params: [],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &tokio_postgres::Row,
            | -> Result<ListOtherSettingsBorrowed, tokio_postgres::Error> {
                Ok(ListOtherSettingsBorrowed {
                    name: row.try_get(0)?,
                    expected: row.try_get(1)?,
                    found: row.try_get(2)?,
                    remedy: row.try_get(3)?,
                })
            },
            mapper: |it| ListOtherSettings::from(it),
        }
    }
}
